/**
 * What the trained models make of the shop, held against the truth that only the shop knows: how far each follows look, wording and company, what
 * it recommends to a few customers, and which products it finds alike.
 */
import type { Dataset } from "../data/dataset.ts";
import { openRecommender, type Recommender } from "../recommender/index.ts";
import type { RunMetrics } from "../runs/run-format.ts";
import type { Shop } from "./shop.ts";
import { type Match, matchOf, type Taste } from "./taste.ts";

/** A training of the demonstration, and where its run is. */
export interface TrainedModel {
  readonly title: string;
  /** What it looks at, in a few words. */
  readonly sees: string;
  readonly folder: string;
  readonly metrics: RunMetrics;
}

/** Shares from 0 to 1 of items that are to customers' taste in look, wording and company. */
export interface MatchShares {
  readonly look: number;
  readonly wording: number;
  readonly company: number;
}

export interface ModelShowing extends TrainedModel {
  /** Of the ten first recommendations of every customer. */
  readonly shares: MatchShares;
}

/** A product by its place in the shop, and what is to be said of it. */
export interface Shown {
  readonly product: number;
  readonly match?: Match | undefined;
  /** The customer bought it in the time that was held out. */
  readonly boughtLater?: boolean | undefined;
}

export interface CustomerShowing {
  readonly id: string;
  readonly taste: Taste;
  readonly bought: readonly Shown[];
  readonly lists: readonly { readonly model: string; readonly items: readonly Shown[] }[];
}

export interface SimilarShowing {
  readonly product: number;
  readonly sku: string;
  readonly senses: readonly { readonly sense: string; readonly items: readonly Shown[] }[];
}

export interface Showcase {
  readonly models: readonly ModelShowing[];
  /** Of products that are chosen blindly, each as likely as the next. */
  readonly byChance: MatchShares;
  readonly customers: readonly CustomerShowing[];
  readonly similar: readonly SimilarShowing[];
}

export const recommendedCount = 6;
const judgedCount = 10;
const customersShown = 5;
const fewestBought = 5;
const mostBoughtShown = 8;
const itemsShown = 4;

function countMatches(matches: Iterable<Match>): MatchShares {
  let [look, wording, company, total] = [0, 0, 0, 0];
  for (const match of matches) {
    look += Number(match.look);
    wording += Number(match.wording);
    company += Number(match.company);
    total++;
  }
  const whole = Math.max(1, total);
  return { look: look / whole, wording: wording / whole, company: company / whole };
}

/** Outside ids of a dataset back to places in the shop. */
interface Places {
  readonly product: (sku: string) => number;
  readonly customer: (id: string) => number;
}

function placesOf(shop: Shop): Places {
  const products = new Map(shop.products.map(({ sku }, place) => [sku, place]));
  const customers = new Map(shop.customerIds.map((id, place) => [id, place]));
  return { product: (sku) => products.get(sku) ?? -1, customer: (id) => customers.get(id) ?? -1 };
}

function matchIn(shop: Shop, taste: Taste, product: number): Match {
  const found = shop.products[product];
  return found === undefined ? { look: false, wording: false, company: false } : matchOf(taste, found);
}

function sharesOf(recommender: Recommender, shop: Shop, places: Places): MatchShares {
  function* matches(): Generator<Match> {
    for (const block of recommender.recommendAll({ count: judgedCount })) {
      for (const { user, items } of block) {
        const taste = shop.tasteOf(places.customer(user));
        for (const { id } of items) yield matchIn(shop, taste, places.product(id));
      }
    }
  }
  return countMatches(matches());
}

/** Every customer's taste against every tenth product is enough to know chance. */
function chanceOf(shop: Shop): MatchShares {
  function* matches(): Generator<Match> {
    for (const customer of shop.customerIds.keys()) {
      const taste = shop.tasteOf(customer);
      for (let product = customer % 10; product < shop.products.length; product += 10) {
        yield matchIn(shop, taste, product);
      }
    }
  }
  return countMatches(matches());
}

/** Customers with some history, evenly spread over all of them. */
function chooseCustomers({ interactions, users }: Dataset): readonly number[] {
  const { rowPointers } = interactions.train;
  const bought = (user: number): number => rowPointers[user + 1] - rowPointers[user];
  const candidates = Array.from({ length: users }, (_, user) => user).filter((user) => bought(user) >= fewestBought);
  const known = candidates.length >= customersShown ? candidates : Array.from({ length: users }, (_, user) => user);
  const step = known.length / customersShown;
  return Array.from(
    { length: Math.min(customersShown, known.length) },
    (_, n) => known[Math.floor((n + 0.5) * step)] ?? 0,
  );
}

/** Products of different kinds with pictures, evenly spread, that the recommender can compare in every sense. */
function chooseProducts(shop: Shop, { itemIds }: Dataset, places: Places): readonly number[] {
  const kinds = new Set<string>();
  const chosen: number[] = [];
  const start = Math.floor(itemIds.length / 3);
  for (let n = 0; n < itemIds.length && chosen.length < itemsShown; n++) {
    const place = places.product(itemIds[(start + 7 * n) % itemIds.length] ?? "");
    const product = shop.products[place];
    if (product === undefined || product.picture !== "whole" || product.description === "") continue;
    if (kinds.has(product.kind) || chosen.includes(place)) continue;
    kinds.add(product.kind);
    chosen.push(place);
  }
  return chosen;
}

function itemsOf({ rowPointers, columnIndices }: Dataset["interactions"]["train"], user: number): Int32Array {
  return columnIndices.subarray(rowPointers[user], rowPointers[user + 1]);
}

function similarTo(recommender: Recommender, shop: Shop, places: Places, product: number): SimilarShowing {
  const sku = shop.products[product]?.sku ?? "";
  const modalities = recommender.similarities.filter((sense) => sense !== "embedding" && sense !== "graph");
  const senses = [...modalities, "graph"];
  return {
    product,
    sku,
    senses: senses.map((sense) => ({
      sense,
      items: recommender
        .similar(sku, { by: sense, count: recommendedCount })
        .map(({ id }) => ({ product: places.product(id) })),
    })),
  };
}

/**
 * @param models trained on `dataset`, which was prepared from the shop's export; the first one is asked for similar products
 * @throws RunError when a run cannot be opened
 */
export async function makeShowcase(shop: Shop, dataset: Dataset, models: readonly TrainedModel[]): Promise<Showcase> {
  const places = placesOf(shop);
  const users = chooseCustomers(dataset);
  const placeOf = (item: number): number => places.product(dataset.itemIds[item] ?? "");
  const customers = users.map((user) => {
    const id = dataset.userIds[user] ?? "";
    const taste = shop.tasteOf(places.customer(id));
    const later = new Set([
      ...itemsOf(dataset.interactions.validation, user),
      ...itemsOf(dataset.interactions.test, user),
    ]);
    return { id, taste, user, later: new Set([...later].map(placeOf)) };
  });
  const lists = customers.map((): { model: string; items: readonly Shown[] }[] => []);
  const showings: ModelShowing[] = [];
  let similar: readonly SimilarShowing[] = [];
  for (const model of models) {
    const recommender = await openRecommender(model.folder);
    try {
      showings.push({ ...model, shares: sharesOf(recommender, shop, places) });
      const found = recommender.recommend(
        customers.map(({ id }) => id),
        { count: recommendedCount },
      );
      for (const [n, { items }] of found.entries()) {
        const customer = customers[n];
        if (customer === undefined) continue;
        const shown = items.map(({ id }): Shown => {
          const product = places.product(id);
          const match = matchIn(shop, customer.taste, product);
          return { product, match, boughtLater: customer.later.has(product) };
        });
        lists[n]?.push({ model: model.title, items: shown });
      }
      if (model === models[0]) {
        similar = chooseProducts(shop, dataset, places).map((product) => similarTo(recommender, shop, places, product));
      }
    } finally {
      recommender.close();
    }
  }
  return {
    models: showings,
    byChance: chanceOf(shop),
    customers: customers.map(({ id, taste, user }, n) => ({
      id,
      taste,
      bought: [...itemsOf(dataset.interactions.train, user)]
        .slice(0, mostBoughtShown)
        .map((item) => ({ product: placeOf(item) })),
      lists: lists[n] ?? [],
    })),
    similar,
  };
}
