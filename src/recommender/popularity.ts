/** Items by how many users trained with them: what somebody without a history is recommended. */
import type { Interactions } from "../data/dataset.ts";

export interface Popularity {
  /** By item: training interactions. */
  readonly counts: Int32Array;
  /** All items, most interactions first, ties by smaller index. */
  readonly order: Int32Array;
}

export function popularityOf({ columns, columnIndices }: Interactions): Popularity {
  const counts = new Int32Array(columns);
  for (const item of columnIndices) counts[item]++;
  const order = Int32Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  return { counts, order };
}
