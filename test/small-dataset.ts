/**
 * A dataset small enough to train in moments, written byte by byte and not through the product's own writers, so that
 * reading it is tested too: 60 users, 40 items, a text and an image modality, titles.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const users = 60;
export const items = 40;
const tastes = 4;

/** A float32 matrix as a npy file, version 1. */
export function npyFile(rows: number, columns: number, value: (row: number, column: number) => number): Buffer {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  return Buffer.concat([npyHeader(dictionary), npyData(rows, columns, value)]);
}

/** Magic, version 1.0, length and the dictionary, padded to 64 bytes. */
export function npyHeader(dictionary: string): Buffer {
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, " ", "latin1");
  header.write("\x93NUMPY\x01\x00", 0, "latin1");
  header.writeUInt16LE(length, 8);
  header.write(dictionary, 10, "latin1");
  header.write("\n", 10 + length - 1, "latin1");
  return header;
}

export function npyData(rows: number, columns: number, value: (row: number, column: number) => number): Buffer {
  const data = Buffer.alloc(rows * columns * 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      data.writeFloatLE(value(row, column), (row * columns + column) * 4);
  }
  return data;
}

/** Numbers that look random and repeat everywhere: integer arithmetic only. In [-1, 1). */
export function noise(a: number, b: number): number {
  let h = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 13;
  return (h >>> 0) / 0x80000000 - 1;
}

export interface InteractionLine {
  readonly user: number;
  readonly item: number;
  readonly label: 0 | 1 | 2;
}

/**
 * Each user mostly likes the items of one taste, and some others: ten interactions each, eight to train, one to validate,
 * one to test. Hard enough that a training improves for many epochs.
 */
export function interactionLines(): InteractionLine[] {
  const byLiking = (user: number) => (a: number, b: number) => liking(user, b) - liking(user, a);
  return Array.from({ length: users }, (_, user) => {
    const liked = Array.from({ length: items }, (_, item) => item)
      .sort(byLiking(user))
      .slice(0, 10);
    const shuffled = liked.sort((a, b) => noise(user + 500, a) - noise(user + 500, b));
    return shuffled.map((item, n): InteractionLine => ({ user, item, label: n === 8 ? 1 : n === 9 ? 2 : 0 }));
  }).flat();
}

function liking(user: number, item: number): number {
  return (item % tastes === user % tastes ? 0.9 : 0) + noise(user, item);
}

export function interText(lines: readonly InteractionLine[]): string {
  return ["userID\titemID\tx_label", ...lines.map(({ user, item, label }) => `${user}\t${item}\t${label}`), ""].join(
    "\n",
  );
}

/** Writes the dataset and returns its folder. */
export function writeSmallDataset(parent: string, name = "small"): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.inter`), interText(interactionLines()));
  const feature = (salt: number) => (item: number, column: number) =>
    (column % tastes === item % tastes ? 1 : 0) + 0.3 * noise(item * 1000 + salt, column);
  writeFileSync(join(folder, "text_feat.npy"), npyFile(items, 12, feature(1)));
  writeFileSync(join(folder, "image_feat.npy"), npyFile(items, 20, feature(2)));
  const titles = Object.fromEntries(
    Array.from({ length: items }, (_, item) => [item, `Item no. ${item}, "${item % tastes}"`]),
  );
  writeFileSync(join(folder, "items.json"), JSON.stringify(titles));
  return folder;
}

/** Settings that make its training a matter of moments. */
export const quickly = [
  "--set",
  "batchSize=64",
  "embeddingSize=16",
  "featureEmbeddingSize=8",
  "neighbours=5",
  "learningRate=0.01",
];

/** As quick an epoch, but the best of them comes late, so that the bytes of weights tell of a whole training. */
export const slowly = [...quickly, "learningRate=0.0002", "patience=100000"];

/** Has a modality hold other features of the same shape while something is done. @param dataset folder */
export async function withOtherFeatures(dataset: string, modality: string, work: () => Promise<void>): Promise<void> {
  const file = join(dataset, `${modality}_feat.npy`);
  const before = readFileSync(file);
  const other = Buffer.from(before);
  other.writeFloatLE(other.readFloatLE(other.length - 4) + 1, other.length - 4);
  writeFileSync(file, other);
  try {
    await work();
  } finally {
    writeFileSync(file, before);
  }
}
