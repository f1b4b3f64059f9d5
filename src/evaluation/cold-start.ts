/**
 * Cold start: items without any training interaction, which only their content can place. `evaluate` ranks them alone where they are the
 * candidates; `coldStartSplit` makes the experiment of the paper out of any interactions (specification, section 6).
 */
import type { Dataset, Interactions, Split } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";

/** Items without training interactions, ascending. */
export function coldItems({ columns, columnIndices }: Interactions): Int32Array {
  const isWarm = new Uint8Array(columns);
  for (const item of columnIndices) isWarm[item] = 1;
  return Int32Array.from(isWarm.keys()).filter((item) => isWarm[item] === 0);
}

/** The same interactions seen from some of the items: column c is items[c], the others drop out. @param items ascending */
export function restrictToItems(interactions: Interactions, items: Int32Array): Interactions {
  const places = new Int32Array(interactions.columns).fill(-1);
  items.forEach((item, place) => {
    places[item] = place;
  });
  const rowPointers = new Int32Array(interactions.rows + 1);
  const columnIndices = new Int32Array(interactions.columnIndices.length);
  let end = 0;
  for (let row = 0; row < interactions.rows; row++) {
    for (let p = interactions.rowPointers[row]; p < interactions.rowPointers[row + 1]; p++) {
      const place = places[interactions.columnIndices[p]];
      if (place >= 0) columnIndices[end++] = place;
    }
    rowPointers[row + 1] = end;
  }
  return { rows: interactions.rows, columns: items.length, rowPointers, columnIndices: columnIndices.slice(0, end) };
}

/**
 * Draws cold items among those that have interactions: of all their interactions, whatever the split before, none stays in
 * training; those of one half of them (the smaller by one where the number is odd) are held out for validation, those of the other for testing.
 * Everything else is for training.
 *
 * @param share of the items, above 0 and below 1, taken to a millionth; the number of cold items is rounded down, as `prepare` does
 * @returns for each item the split that its interactions belong to
 * @throws ConfigError where the share leaves fewer than two cold items or no other
 */
export function coldStartSplit(
  interactions: Readonly<Record<Split, Interactions>>,
  share: number,
  seed: number,
): readonly Split[] {
  const { columns } = interactions.train;
  const isUsed = new Uint8Array(columns);
  for (const { columnIndices } of Object.values(interactions)) for (const item of columnIndices) isUsed[item] = 1;
  const used = Int32Array.from(isUsed.keys()).filter((item) => isUsed[item] === 1);
  const count = Math.floor((used.length * Math.round(share * 1e6)) / 1e6);
  if (count < 2 || count >= used.length) {
    throw new ConfigError(
      `cold start: a share of ${share} of ${used.length} items with interactions is ${count}, expected at least 2 and fewer than all`,
    );
  }
  const random = createRandom(seed, "cold-start");
  const splitOf = new Array<Split>(columns).fill("train");
  for (let drawn = 0; drawn < count; drawn++) {
    const other = drawn + random.below(used.length - drawn);
    [used[drawn], used[other]] = [used[other], used[drawn]];
    splitOf[used[drawn]] = drawn < Math.floor(count / 2) ? "validation" : "test";
  }
  return splitOf;
}

/** Interactions of a dataset as pairs by the split of their item. @param splitOf by item */
export function pairsByItem(
  { users, interactions }: Pick<Dataset, "users" | "interactions">,
  splitOf: readonly Split[],
): Readonly<Record<Split, readonly (readonly [user: number, item: number])[]>> {
  const pairs: Record<Split, [number, number][]> = { train: [], validation: [], test: [] };
  for (let user = 0; user < users; user++) {
    for (const { rowPointers, columnIndices } of Object.values(interactions)) {
      for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
        pairs[splitOf[columnIndices[p]]].push([user, columnIndices[p]]);
      }
    }
  }
  return pairs;
}
