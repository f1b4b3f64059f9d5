import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dataset } from "./dataset.ts";
import { withFolder } from "./folders.fixture.ts";
import { createDataset } from "./memory-dataset.ts";
import { writeNativeDataset } from "./native-layout.ts";
import { readDataset } from "./read-dataset.ts";
import { writeDataset } from "./write-dataset.ts";

const nasty = [
  "",
  " ",
  "\t",
  "\n",
  "a\tb",
  'say "hi"',
  "it's",
  "__proto__",
  "constructor",
  "toString",
  "👩🏽‍🚀",
  "İ",
  "a,b",
  "\u0000",
  "NULL",
  "\\N",
  "nan",
  "0",
  "-1",
  "1e3",
  "\uFEFF",
  "é",
  "e\u0301",
  "\u2028",
  "'; DROP TABLE items; --",
  "../x",
  "😀",
  "\r\n",
  "{}",
];
const id = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary", maxLength: 8 }));

function modality(name: string, items: number) {
  return fc.record({
    name: fc.constant(name),
    columns: fc.constant(2),
    features: fc
      .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: items * 2, maxLength: items * 2 })
      .map((values) => Float32Array.from(values)),
    missing: fc.uniqueArray(fc.nat({ max: items - 1 }), { maxLength: items }).map((list) => list.sort((a, b) => a - b)),
    neighbours: fc.option(
      fc.array(fc.integer({ min: -1, max: items - 1 }), { minLength: items, maxLength: items }).map((list) => ({
        rows: items,
        width: 1,
        indices: Int32Array.from(list),
        cosines: Float32Array.from(list, (index) => index / 7),
      })),
      { nil: undefined },
    ),
  });
}

const datasets: fc.Arbitrary<Dataset> = fc
  .tuple(fc.uniqueArray(id, { minLength: 1, maxLength: 8 }), fc.uniqueArray(id, { minLength: 2, maxLength: 8 }))
  .chain(([userIds, itemIds]) => {
    const users = userIds.length;
    const items = itemIds.length;
    const pair = fc.tuple(fc.nat({ max: users - 1 }), fc.nat({ max: items - 1 }));
    return fc.record({
      name: fc.constantFrom("shop", "a/b", "name with\nline", "..", ""),
      userIds: fc.constant(userIds),
      itemIds: fc.constant(itemIds),
      itemTitles: fc.option(
        fc.array(
          id.map((text) => text || "untitled"),
          { minLength: items, maxLength: items },
        ),
        { nil: undefined },
      ),
      train: fc.array(fc.tuple(pair, fc.float({ min: Math.fround(0.01), max: 10, noNaN: true })), {
        minLength: 1,
        maxLength: 12,
      }),
      weighted: fc.boolean(),
      validation: fc.array(pair, { maxLength: 4 }),
      test: fc.array(pair, { maxLength: 4 }),
      dislikes: fc.array(pair, { maxLength: 4 }),
      modalities: fc.oneof(fc.constant([]), fc.tuple(modality("image", items), modality("text", items))),
    });
  })
  .map(({ train, weighted, validation, test, ...rest }) =>
    createDataset({
      ...rest,
      interactions: { train: train.map(([pair]) => pair), validation, test },
      trainWeights: weighted ? train.map(([, weight]) => weight) : undefined,
    }),
  );

function everything({ modalities, ...dataset }: Dataset): unknown {
  const { users, items, userIds, itemIds, itemTitles, interactions, dislikes, trainWeights, fingerprint } = dataset;
  const features = modalities.map(({ name, features, neighbours, missing }) => {
    const rows = new Float32Array((features?.rows ?? 0) * (features?.columns ?? 0));
    features?.read(0, features.rows, rows);
    return { name, rows: Buffer.from(rows.buffer).toString("hex"), neighbours, missing };
  });
  return { users, items, userIds, itemIds, itemTitles, interactions, dislikes, trainWeights, fingerprint, features };
}

describe("the three layouts", () => {
  it("give the same dataset, written one after the other", async () => {
    await fc.assert(
      fc.asyncProperty(datasets, async (dataset) => {
        await withFolder({}, async (root) => {
          const expected = everything(dataset);
          const folder = (name: string): string => path.join(root, `a=[${name}]*`);
          await writeNativeDataset(folder("native"), dataset);
          const native = await readDataset(folder("native"));
          expect(native.name).toBe(dataset.name);
          expect(everything(native)).toEqual(expected);
          writeDataset(folder("inter"), native);
          const inter = await readDataset(folder("inter"));
          expect(everything(inter)).toEqual(expected);
          await writeNativeDataset(folder("again"), inter);
          const again = await readDataset(folder("again"));
          expect(everything(again)).toEqual(expected);
          writeDataset(folder("core"), again, "5-core");
          expect(everything(await readDataset(folder("core")))).toEqual(expected);
        });
      }),
      { numRuns: 10 },
    );
  }, 60_000);
});
