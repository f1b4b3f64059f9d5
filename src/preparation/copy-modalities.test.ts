/** Modalities follow their items into a dataset that is split anew, also when some items are gone. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/memory-dataset.ts";
import { readDatasetDescription } from "../data/native-description.ts";
import { writeNativeDataset } from "../data/native-writer.ts";
import { readDataset } from "../data/read-dataset.ts";
import { datasetSource } from "./dataset-source.ts";
import type { PrepareOptions } from "./options.ts";
import { prepareDataset } from "./prepare-dataset.ts";

const folder = temporaryFolder();
const items = 6;
const itemIds = ["z", "y", "x", "w", "v", "u"];

const place = join(folder, "original");

/** Items 1 and 4 have no interactions; item 3 lacks the modality. */
beforeAll(async () => {
  const made = createDataset({
    name: "original",
    interactions: {
      train: { users: [0, 0, 1, 1], items: [0, 2, 3, 5] },
      test: { users: [0, 1], items: [5, 0] },
    },
    userIds: ["second", "first"],
    itemIds,
    modalities: [
      {
        name: "look",
        features: Float32Array.from({ length: 2 * items }, (_, at) => (at >> 1 === 3 ? 0 : at + 1)),
        columns: 2,
        neighbours: {
          rows: items,
          width: 2,
          indices: Int32Array.from([1, 2, 0, 5, 4, 5, -1, -1, 5, 0, 2, 0]),
          cosines: Float32Array.from([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0, 0, 0.3, 0.2, 0.1, 0.05]),
        },
        missing: [3],
      },
    ],
  });
  await writeNativeDataset(place, made, { encoders: { look: { name: "by hand", settings: { size: 2 } } } });
});

async function anew(name: string, options: Partial<PrepareOptions>): Promise<Dataset> {
  const out = join(folder, name);
  await prepareDataset({ source: datasetSource(place), out, method: "all-train", ...options });
  return readDataset(out);
}

function rowsOf(dataset: Dataset): readonly number[] {
  const features = dataset.modalities[0]?.features;
  const out = new Float32Array((features?.rows ?? 0) * 2);
  features?.read(0, features.rows, out);
  return [...out];
}

test("all of them, as they were", async () => {
  const before = await readDataset(place);
  const after = await anew("all", {});
  expect(after.itemIds).toEqual(itemIds);
  expect(after.userIds).toEqual(["second", "first"]);
  expect(rowsOf(after)).toEqual(rowsOf(before));
  expect(after.modalities[0]?.neighbours).toEqual(before.modalities[0]?.neighbours);
  expect(after.modalities[0]?.missing).toEqual(Int32Array.of(3));
  expect(after.interactions.train.columnIndices.length).toBe(6);
  expect(readDatasetDescription(join(folder, "all")).modalities).toEqual(readDatasetDescription(place).modalities);
});

test("without the items that are gone, under their new indices", async () => {
  const after = await anew("some", { keepUntouchedItems: false });
  expect(after.itemIds).toEqual(["z", "x", "w", "u"]);
  expect(rowsOf(after)).toEqual([1, 2, 5, 6, 0, 0, 11, 12]);
  expect(after.modalities[0]?.missing).toEqual(Int32Array.of(2));
  const neighbours = after.modalities[0]?.neighbours;
  expect(neighbours?.indices).toEqual(Int32Array.from([1, -1, 3, -1, -1, -1, 1, 0]));
  expect(neighbours?.cosines).toEqual(Float32Array.from([0.8, 0, 0.4, 0, 0, 0, 0.1, 0.05]));
});
