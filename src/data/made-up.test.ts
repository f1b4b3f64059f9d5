import { describe, expect, it } from "vitest";
import type { Dataset } from "./dataset.ts";
import { withFolder } from "./folders.fixture.ts";
import { splits } from "./interactions.ts";
import { readDataset } from "./read-dataset.ts";
import { syntheticDataset, writeSyntheticDataset } from "./synthetic.ts";

function allFeatures({ modalities, items }: Dataset): readonly Float32Array[] {
  return modalities.map(({ features }) => {
    const values = new Float32Array(items * (features?.columns ?? 0));
    features?.read(0, items, values);
    return values;
  });
}

const total = ({ interactions }: Dataset): number =>
  splits.reduce((sum, split) => sum + interactions[split].columnIndices.length, 0);

describe("made-up data", () => {
  const size = {
    users: 300,
    items: 200,
    interactions: 2500,
    modalities: [
      { name: "image", columns: 33 },
      { name: "text", columns: 8 },
    ],
    seed: 3,
  };
  const dataset = syntheticDataset(size);

  it("has exactly the size asked for, no pair twice, and a long tail", () => {
    expect([dataset.users, dataset.items, total(dataset)]).toEqual([300, 200, 2500]);
    expect(dataset.warnings.filter((warning) => warning.kind === "duplicate-pairs")).toEqual([]);
    const popularity = new Int32Array(200);
    for (const item of dataset.interactions.train.columnIndices) popularity[item]++;
    popularity.sort().reverse();
    const top = popularity.subarray(0, 20).reduce((sum, one) => sum + one, 0);
    expect(top / dataset.interactions.train.columnIndices.length).toBeGreaterThan(0.2);
  });

  it("has the same feature rows in whatever blocks they are read", () => {
    const [image] = allFeatures(dataset);
    const block = new Float32Array(7 * 33);
    dataset.modalities[0].features?.read(50, 57, block);
    expect(block).toEqual(image.slice(50 * 33, 57 * 33));
    expect(image.every((value) => Math.abs(value) <= 1)).toBe(true);
    expect(new Set(image).size).toBeGreaterThan(1000);
  });

  it("is the same when written and read", async () => {
    await withFolder({}, async (folder) => {
      writeSyntheticDataset(folder, size);
      const back = await readDataset(folder);
      expect(back.fingerprint).toBe(dataset.fingerprint);
      expect(allFeatures(back)).toEqual(allFeatures(dataset));
    });
  });

  it("refuses sizes that cannot be", () => {
    expect(() => syntheticDataset({ ...size, interactions: 30_000 })).toThrow(
      "30000 made-up interactions for 300 users and 200 items",
    );
    expect(() => syntheticDataset({ ...size, interactions: 10 })).toThrow(
      "expected between one a user and a quarter of all pairs",
    );
  });
});
