/**
 * The two datasets of a cold-start experiment, written once as folders so that a training can be stopped and resumed: `cold`, where the
 * cold items are there without training interactions and held out for validation and test, and `warm`, where they are not there at all and a
 * tenth of the other interactions is held out for validation.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Dataset, FeatureSource, Modality, NeighbourFile } from "../../src/data/dataset.ts";
import { createDataset, writeDataset } from "../../src/data/index.ts";
import type { Floats } from "../../src/engine/engine.ts";
import { coldStartSplit, pairsByItem } from "../../src/evaluation/cold-start.ts";
import { createRandom } from "../../src/tensor/random.ts";

export interface ColdStartFolders {
  readonly cold: string;
  readonly warm: string;
}

/** Some rows of a feature source, as a source. */
function chosenRows(source: FeatureSource, rows: Int32Array): FeatureSource {
  const { columns } = source;
  const row = new Float32Array(columns);
  return {
    rows: rows.length,
    columns,
    read: (from: number, to: number, out: Floats) => {
      for (let r = from; r < to; r++) {
        source.read(rows[r], rows[r] + 1, row);
        out.set(row, (r - from) * columns);
      }
    },
  };
}

/** A neighbour list among some of the items: the others drop out of the lists, -1 pads. */
function chosenNeighbours(
  { width, indices, cosines }: NeighbourFile,
  rows: Int32Array,
  places: Int32Array,
): NeighbourFile {
  const kept = {
    rows: rows.length,
    width,
    indices: new Int32Array(rows.length * width).fill(-1),
    cosines: new Float32Array(rows.length * width),
  };
  rows.forEach((item, row) => {
    let end = row * width;
    for (let p = item * width; p < (item + 1) * width; p++) {
      const place = indices[p] < 0 ? -1 : places[indices[p]];
      if (place < 0) continue;
      kept.indices[end] = place;
      kept.cosines[end++] = cosines[p];
    }
  });
  return kept;
}

/** Items that keep their training interactions, ascending: item w of the warm dataset is `warmItems[w]` of the other. */
export function warmItems(dataset: Dataset, share: number, seed: number): Int32Array {
  const splitOf = coldStartSplit(dataset.interactions, share, seed);
  return Int32Array.from(splitOf.keys()).filter((item) => splitOf[item] === "train");
}

function withoutOthers(modality: Modality, rows: Int32Array, places: Int32Array): Modality {
  const { name, features, neighbours } = modality;
  return {
    name,
    features: features && chosenRows(features, rows),
    neighbours: neighbours && chosenNeighbours(neighbours, rows, places),
  };
}

type Pairs = readonly (readonly [user: number, item: number])[];

/** Every tenth pair at random for validation: training without the cold items must stop by what it has. */
function heldOutOf(pairs: Pairs, seed: number): { readonly train: Pairs; readonly validation: Pairs } {
  const random = createRandom(seed, "cold-start/validation");
  const isHeldOut = pairs.map(() => random.below(10) === 0);
  return { train: pairs.filter((_, p) => !isHeldOut[p]), validation: pairs.filter((_, p) => isHeldOut[p]) };
}

/** Writes both where they are not there yet. */
export async function coldStartFolders(
  dataset: Dataset,
  share: number,
  seed: number,
  out: string,
): Promise<ColdStartFolders> {
  const folders = { cold: join(out, "cold"), warm: join(out, "warm") };
  const table = `${dataset.name}.inter`;
  if (existsSync(join(folders.cold, table)) && existsSync(join(folders.warm, table))) return folders;
  const { name, users, items, modalities } = dataset;
  const pairs = pairsByItem(dataset, coldStartSplit(dataset.interactions, share, seed));
  writeDataset(folders.cold, createDataset({ name, users, items, interactions: pairs, modalities }));
  const rows = warmItems(dataset, share, seed);
  const places = new Int32Array(items).fill(-1);
  rows.forEach((item, place) => {
    places[item] = place;
  });
  const { train, validation } = heldOutOf(
    pairs.train.map(([user, item]) => [user, places[item]] as const),
    seed,
  );
  writeDataset(
    folders.warm,
    createDataset({
      name,
      users,
      items: rows.length,
      interactions: { train, validation },
      modalities: modalities.map((modality) => withoutOthers(modality, rows, places)),
    }),
  );
  return folders;
}
