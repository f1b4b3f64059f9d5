/**
 * The made-up shop of any size: its products, and who bought what when. Popularity has a long tail, a third of the products came
 * later than the rest, some purchases are repeated, and a few are mistakes that were sent back. Everything follows from the seed.
 */
import { shuffle } from "../data/holdout.ts";
import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import {
  brands,
  colourNames,
  kindNames,
  kinds,
  makeNames,
  makes,
  patternNames,
  styleNames,
  useNames,
} from "./catalogue.ts";
import { likings, makeTaste, type Qualities, type Taste, tabulateQualities } from "./taste.ts";
import { makeDescription, makeTitle, pick } from "./wording.ts";

export interface ShopSize {
  readonly items: number;
  readonly users: number;
  readonly seed: number;
}

/** What a product's picture is like in the export: there, not there, or a file that was cut off. */
export type PictureState = "whole" | "none" | "broken";

export interface Product extends Qualities {
  readonly sku: string;
  readonly title: string;
  /** Empty for a few that nobody has described yet. */
  readonly description: string;
  readonly category: string;
  readonly price: number;
  readonly picture: PictureState;
  /** Milliseconds since 1970. */
  readonly launched: number;
}

export type OrderEvent = "purchase" | "return";

export interface Order {
  readonly customer: number;
  readonly product: number;
  readonly event: OrderEvent;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface Shop {
  readonly size: ShopSize;
  readonly products: readonly Product[];
  /** By time. */
  readonly orders: readonly Order[];
  readonly customerIds: readonly string[];
  tasteOf(customer: number): Taste;
}

const day = 24 * 3600 * 1000;
const opening = Date.UTC(2023, 0, 1);
const days = 730;
/** Share of the products that came after the opening. */
const lateShare = 1 / 3;
/** Share of the products without a picture (a quarter of them: with a broken one), and as many without a description. */
const incompleteShare = 0.02;
const fewestPurchases = 5;
const morePurchases = 14;
const returnShare = 0.04;
const repeatShare = 0.03;
/** So many products of a larger shop a customer comes across. */
const mostSeen = 3000;
/** Draws that found nothing new, after which a customer is less particular. */
const patience = 500;

const fewestItems = 20;

function checkSize({ items, users }: ShopSize): void {
  if (items < fewestItems) {
    throw new ConfigError(`items: found ${items}, expected at least ${fewestItems}: a shop needs some choice`);
  }
  if (users < 10) throw new ConfigError(`users: found ${users}, expected at least 10 customers`);
}

function makeProduct(index: number, picture: PictureState, described: boolean, size: ShopSize): Product {
  const random = createRandom(size.seed, `demo/product/${index}`);
  const kind = pick(kindNames, random);
  const qualities: Qualities = {
    kind,
    colour: pick(colourNames, random),
    pattern: pick(patternNames, random),
    style: pick(styleNames, random),
    make: pick(makeNames, random),
    use: pick(useNames, random),
    brand: pick(brands, random),
  };
  const { category, price } = kinds[kind];
  const late = random.uniform() < lateShare;
  return {
    ...qualities,
    sku: `${kind.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(5, "0")}`,
    title: makeTitle(qualities, random),
    description: described ? makeDescription(qualities, random) : "",
    category,
    price: Math.round(price * makes[qualities.make].price * (0.75 + random.uniform() / 2)) + 0.95,
    picture,
    launched: late ? opening + random.below(days - 60) * day : opening,
  };
}

function makeProducts(size: ShopSize): readonly Product[] {
  const { items, seed } = size;
  const order = Int32Array.from({ length: items }, (_, index) => index);
  shuffle(order, items, createRandom(seed, "demo/incomplete"));
  const incomplete = Math.ceil(items * incompleteShare);
  const withoutPicture = new Map<number, PictureState>(
    [...order.subarray(0, incomplete)].map((index, place) => [index, place % 4 === 3 ? "broken" : "none"]),
  );
  const withoutText = new Set(order.subarray(incomplete, 2 * incomplete));
  return Array.from({ length: items }, (_, index) =>
    makeProduct(index, withoutPicture.get(index) ?? "whole", !withoutText.has(index), size),
  );
}

/** A long tail: the product at place p of a random order sells like 1 / (p + items / 12 + 3). */
function makePopularity({ items, seed }: ShopSize): Float64Array {
  const places = Int32Array.from({ length: items }, (_, index) => index);
  shuffle(places, items, createRandom(seed, "demo/popularity"));
  return Float64Array.from(places, (place) => 1 / (place + items / 12 + 3));
}

/** First place whose running sum is above `value`. */
function placeIn(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Draws what a customer buys; reuses its arrays from customer to customer. */
function createBuyers(products: readonly Product[], size: ShopSize) {
  const popularity = makePopularity(size);
  const table = tabulateQualities(products);
  const seen = Math.min(size.items, mostSeen);
  const offered = new Int32Array(seen);
  const byPopularity = new Float64Array(seen);
  const byTaste = new Float64Array(seen);

  return (customer: number, taste: Taste): readonly Order[] => {
    const random = createRandom(size.seed, `demo/orders/${customer}`);
    const first = random.below(size.items);
    for (let place = 0; place < seen; place++) offered[place] = (first + place) % size.items;
    likings(taste, table, offered, byTaste);
    let popular = 0;
    let liked = 0;
    for (let place = 0; place < seen; place++) {
      popular += popularity[offered[place]];
      liked += byTaste[place] * popularity[offered[place]];
      byPopularity[place] = popular;
      byTaste[place] = liked;
    }
    const bought = new Set<number>();
    /** A product not bought yet that was on sale at that time, unless there is none to be found. */
    const choose = (sums: Float64Array, total: number, time: number): number => {
      for (let draw = 0; ; draw++) {
        // Few customers' tastes are so narrow that they have everything they like: then they take what is popular.
        const product =
          draw < patience
            ? offered[placeIn(sums, random.uniform() * total)]
            : offered[placeIn(byPopularity, random.uniform() * popular)];
        if (!bought.has(product) && (draw > 2 * patience || (products[product]?.launched ?? 0) <= time)) return product;
      }
    };
    const skewed = random.uniform();
    const wanted = fewestPurchases + Math.floor(morePurchases * skewed * skewed + random.uniform());
    const count = Math.min(wanted, Math.floor(size.items / 3));
    const since = opening + random.below(days - 30) * day;
    const orders: Order[] = [];
    while (bought.size < count) {
      const time = since + Math.floor((random.uniform() * (opening + days * day - since)) / 1000) * 1000;
      const mistake = random.uniform() < returnShare;
      const product = mistake ? choose(byPopularity, popular, time) : choose(byTaste, liked, time);
      bought.add(product);
      orders.push({ customer, product, event: "purchase", time });
      if (mistake) orders.push({ customer, product, event: "return", time: time + (2 + random.below(20)) * day });
      else if (random.uniform() < repeatShare) {
        orders.push({ customer, product, event: "purchase", time: time + (20 + random.below(60)) * day });
      }
    }
    return orders;
  };
}

/** @throws ConfigError for fewer than 20 items or 10 users */
export function makeShop(size: ShopSize): Shop {
  checkSize(size);
  const products = makeProducts(size);
  const ordersOf = createBuyers(products, size);
  const tasteOf = (customer: number): Taste => makeTaste(size.seed, customer);
  const orders = Array.from({ length: size.users }, (_, customer) => ordersOf(customer, tasteOf(customer))).flat();
  orders.sort((a, b) => a.time - b.time || a.customer - b.customer || a.product - b.product);
  const customerIds = Array.from({ length: size.users }, (_, customer) => `C${String(customer + 1).padStart(6, "0")}`);
  return { size, products, orders, customerIds, tasteOf };
}
