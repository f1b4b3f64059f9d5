/**
 * A made-up shop, small but believable, for demonstrations and tests. An item has a kind (shirt, cushion, …), a material and a
 * colour; a shopper likes a few of each, and buys an item with a chance of popularity × liking. Texts tell the kind and the material,
 * pictures the material and the colour, both through noise. So the features carry preference, and they carry it for the
 * many items that hardly anybody has bought yet, where co-purchases alone have little to say.
 */
import { createRandom, type Random } from "../tensor/random.ts";
import { assembleDataset } from "./assemble.ts";
import type { Dataset } from "./dataset.ts";
import { labelAt, shuffle } from "./holdout.ts";
import { collectInteractions, type InteractionList } from "./interactions.ts";
import { featureMatrix } from "./memory-dataset.ts";
import { writeDataset } from "./write-dataset.ts";

const kinds = [
  "shirt",
  "dress",
  "jacket",
  "coat",
  "skirt",
  "scarf",
  "hat",
  "bag",
  "cushion",
  "blanket",
  "apron",
  "robe",
];
const materials = ["linen", "wool", "leather", "denim", "velvet", "corduroy", "silk", "canvas", "tweed", "jersey"];
const colours = ["Blue", "White", "Black", "Olive", "Rust", "Grey", "Plum", "Sand", "Teal", "Mustard"];

const userCount = 1200;
const itemCount = 800;
const fewestPurchases = 6;
const mostPurchases = 16;
const textColumns = 64;
const imageColumns = 96;
/** Liking of what a shopper does not care for, against 1 for what they like. */
const indifference = 0.12;

interface Item {
  readonly kind: number;
  readonly material: number;
  readonly colour: number;
  readonly popularity: number;
}

/** Near-normal, mean 0 and variance 1: a sum of twelve uniforms needs no logarithm, whose last bits differ between machines. */
function normal(random: Random): number {
  let sum = -6;
  for (let n = 0; n < 12; n++) sum += random.uniform();
  return sum;
}

function makeItems(seed: number): readonly Item[] {
  const random = createRandom(seed, "demo/items");
  const combinations = Int32Array.from({ length: kinds.length * materials.length * colours.length }, (_, at) => at);
  shuffle(combinations, combinations.length, random);
  return Array.from({ length: itemCount }, (_, index) => {
    const combination = combinations[index];
    const uniform = random.uniform();
    return {
      kind: combination % kinds.length,
      material: Math.floor(combination / kinds.length) % materials.length,
      colour: Math.floor(combination / (kinds.length * materials.length)),
      // A long tail: the best-seller sells some fifty times as often as the slowest item.
      popularity: 0.02 + uniform * uniform * uniform,
    };
  });
}

/** 1 for `liked` of the values at random, `indifference` for the others. */
function makeTaste(values: number, liked: number, random: Random): Float64Array {
  const order = Int32Array.from({ length: values }, (_, at) => at);
  shuffle(order, values, random);
  const taste = new Float64Array(values).fill(indifference);
  for (const value of order.subarray(0, liked)) taste[value] = 1;
  return taste;
}

function makePurchases(items: readonly Item[], seed: number): InteractionList {
  const collector = collectInteractions();
  for (let user = 0; user < userCount; user++) {
    const random = createRandom(seed, `demo/user/${user}`);
    const kindTaste = makeTaste(kinds.length, 3, random);
    const materialTaste = makeTaste(materials.length, 2, random);
    const colourTaste = makeTaste(colours.length, 4, random);
    const weights = items.map(
      (item) => item.popularity * kindTaste[item.kind] * materialTaste[item.material] * colourTaste[item.colour],
    );
    let total = weights.reduce((sum, weight) => sum + weight, 0);
    const count = fewestPurchases + random.below(mostPurchases - fewestPurchases + 1);
    const bought = new Int32Array(count);
    for (let purchase = 0; purchase < count; purchase++) {
      let left = random.uniform() * total;
      let item = 0;
      while (item < itemCount - 1 && (left >= weights[item] || weights[item] === 0)) left -= weights[item++];
      bought[purchase] = item;
      total -= weights[item];
      weights[item] = 0;
    }
    shuffle(bought, count, random);
    for (let position = 0; position < count; position++)
      collector.add(user, bought[position], labelAt(position, count));
  }
  return collector.list();
}

/** Row of an item: the sum of a random direction for each of its parts, by strength, and noise. */
function makeFeatures(
  name: string,
  columns: number,
  items: readonly Item[],
  strengths: { readonly kind: number; readonly material: number; readonly colour: number; readonly noise: number },
  seed: number,
): Float32Array {
  const random = createRandom(seed, `demo/features/${name}`);
  const directions = (count: number): Float64Array =>
    Float64Array.from({ length: count * columns }, () => normal(random));
  const kind = directions(kinds.length);
  const material = directions(materials.length);
  const colour = directions(colours.length);
  const features = new Float32Array(items.length * columns);
  for (const [index, item] of items.entries()) {
    for (let column = 0; column < columns; column++) {
      features[index * columns + column] =
        strengths.kind * kind[item.kind * columns + column] +
        strengths.material * material[item.material * columns + column] +
        strengths.colour * colour[item.colour * columns + column] +
        strengths.noise * normal(random);
    }
  }
  return features;
}

/** The shop as a dataset in memory: 1,200 users, 800 items, about 13,000 purchases, text (64-d) and image (96-d); same seed, same bytes. */
export function demoCatalogue(seed: number): Dataset {
  const items = makeItems(seed);
  const text = makeFeatures("text", textColumns, items, { kind: 1, material: 0.7, colour: 0.2, noise: 0.8 }, seed);
  const image = makeFeatures("image", imageColumns, items, { kind: 0.5, material: 1, colour: 0.6, noise: 0.9 }, seed);
  return assembleDataset({
    name: "demo",
    userIds: Array.from({ length: userCount }, (_, index) => String(index)),
    itemIds: items.map((_, index) => String(index)),
    itemTitles: items.map((item) => `${colours[item.colour]} ${materials[item.material]} ${kinds[item.kind]}`),
    list: makePurchases(items, seed),
    modalities: [
      { name: "image", features: featureMatrix("image", image, imageColumns) },
      { name: "text", features: featureMatrix("text", text, textColumns) },
    ],
    scanFeatures: true,
  });
}

/** Writes the shop as a dataset folder (`demo.inter`, `*_feat.npy`, `items.json`). @throws LatticeworkError when it cannot be saved */
export function writeDemoCatalogue(folder: string, seed: number): void {
  writeDataset(folder, demoCatalogue(seed));
}
