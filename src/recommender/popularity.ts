/** Items by how many users trained with them: what somebody without a history is recommended. */
import type { Interactions } from "../data/dataset.ts";
import type { Catalogue } from "./catalogue.ts";

export interface Popularity {
  /** By item: training interactions. */
  readonly counts: Int32Array;
  /** All items, most interactions first, ties by smaller index. */
  readonly order: Int32Array;
}

const ordered = (counts: Int32Array): Int32Array =>
  Int32Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);

export function popularityOf({ columns, columnIndices }: Interactions): Popularity {
  const counts = new Int32Array(columns);
  for (const item of columnIndices) counts[item]++;
  return { counts, order: ordered(counts) };
}

/** Of a catalogue as it stands: what was added in the place of an item has that one's interactions. Made again only when items came or went. */
export function livingPopularity(trained: Popularity, catalogue: Pick<Catalogue, "size" | "trained" | "added">) {
  let made: { readonly added: Catalogue["added"]; readonly popularity: Popularity } | undefined;
  return (): Popularity => {
    const { added, size, trained: first } = catalogue;
    if (made?.added === added) return made.popularity;
    let popularity = trained;
    if (added.some(({ placed }) => placed.standsFor !== undefined)) {
      const counts = new Int32Array(size);
      counts.set(trained.counts);
      added.forEach(({ placed }, n) => {
        if (placed.standsFor !== undefined) counts[first + n] = counts[placed.standsFor];
      });
      popularity = { counts, order: ordered(counts) };
    }
    made = { added, popularity };
    return popularity;
  };
}
