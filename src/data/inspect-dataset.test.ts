import { describe, expect, it } from "vitest";
import { createReferenceEngine } from "../engine/reference.ts";
import type { Dataset } from "./dataset.ts";
import { nearestItems } from "./feature-neighbours.ts";
import { interText, npyBytes, withFolder } from "./folders.fixture.ts";
import { inspectDataset } from "./inspect-dataset.ts";
import { formatInspection } from "./inspection-text.ts";
import { createDataset, featureMatrix } from "./memory-dataset.ts";
import { readDataset } from "./read-dataset.ts";
import { syntheticDataset } from "./synthetic.ts";

const engine = createReferenceEngine("float32");

/** Users of two tastes over forty items; one modality knows the taste, the other is the same for all but its noise. */
function twoTastes(): Dataset {
  const train: [number, number][] = [];
  for (let user = 0; user < 60; user++) {
    for (let n = 0; n < 4; n++) train.push([user, 2 * ((user * 7 + n * 3) % 20) + (user % 2)]);
  }
  const taste = Array.from({ length: 40 }, (_, item) => [item % 2, 1 - (item % 2), 0.01 * ((item * 13) % 7)]);
  const noise = Array.from({ length: 40 }, (_, item) => [1, (item * 17) % 11, (item * 29) % 13]);
  return createDataset({
    name: "tastes",
    interactions: { train, test: [[0, 1]] },
    modalities: [
      { name: "taste", features: taste },
      { name: "noise", features: noise },
    ],
  });
}

describe("nearestItems", () => {
  it("are those of a full sort, whatever the block size", () => {
    const rows = 90;
    // So wide that the catalogue takes several blocks.
    const columns = 200_000;
    const values = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let c = 0; c < 6; c++) values[row * columns + c] = ((row * 37 + c * 11) % 19) - 9;
    const usable = new Uint8Array(rows).fill(1);
    usable[4] = 0;
    const queries = Int32Array.of(0, 3, 77);
    const nearest = nearestItems(
      createReferenceEngine("float64"),
      featureMatrix("x", values, columns),
      usable,
      queries,
      4,
    );
    const cosine = (a: number, b: number): number => {
      let [dot, first, second] = [0, 0, 0];
      for (let c = 0; c < 6; c++) {
        const [x, y] = [values[a * columns + c], values[b * columns + c]];
        dot += x * y;
        first += x * x;
        second += y * y;
      }
      return dot / Math.sqrt(first * second);
    };
    for (const [place, query] of queries.entries()) {
      const cosines = Array.from({ length: rows }, (_, item) => item)
        .filter((item) => item !== query && item !== 4)
        .map((item) => cosine(query, item))
        .sort((a, b) => b - a);
      const found = [...nearest.subarray(place * 4, place * 4 + 4)];
      expect(new Set(found).size).toBe(4);
      expect(found).not.toContain(query);
      for (const [rank, item] of found.entries()) expect(cosine(query, item)).toBeCloseTo(cosines[rank], 9);
    }
  });
});

describe("inspectDataset", () => {
  it("tells a modality that carries preference from one that does not", () => {
    const inspection = inspectDataset(twoTastes(), engine, { neighbours: 5 });
    const [taste, noise] = inspection.modalities;
    expect(taste.preference.lift).toBeGreaterThan(1.5);
    expect(["clear", "strong"]).toContain(taste.preference.verdict);
    expect(noise.preference.lift).toBeLessThan(taste.preference.lift ?? 0);
    expect(["none", "weak"]).toContain(noise.preference.verdict);
    expect(taste.preference.random.share).toBe(noise.preference.random.share);
    expect(inspection).toMatchObject({ users: 60, items: 40, interactions: { train: 240, validation: 0, test: 1 } });
    expect(inspection.activeUsers).toEqual({ train: 60, validation: 0, test: 1 });
    expect(inspection.userActivity).toEqual({ smallest: 4, tenth: 4, median: 4, ninetieth: 4, largest: 4, mean: 4 });
    expect(inspection.density).toBeCloseTo(241 / 2400, 12);
  });

  it("finds that made-up modalities carry preference, and gives the engine's arrays back", () => {
    const size = { users: 600, items: 400, interactions: 5000, modalities: [{ name: "image", columns: 48 }], seed: 1 };
    const before = engine.memory().inUse;
    const inspection = inspectDataset(syntheticDataset(size), engine, { sample: 200 });
    for (const { preference } of inspection.modalities) expect(preference.lift).toBeGreaterThan(1.8);
    expect(engine.memory().inUse).toBe(before);
    expect(JSON.stringify(inspection).length).toBeLessThan(5000);
  });

  it("counts what is wrong with features where the reader was told to report it", async () => {
    const { NaN: none } = Number;
    const rows = [0, 0, 1, 2, 3, 4, 1, 2, none, none, none, 5, 1, Number.POSITIVE_INFINITY, 1, 2];
    const files = {
      "a.inter": interText([
        [0, 0, 0],
        [0, 9, 0],
      ]),
      "text_feat.npy": npyBytes({ shape: [8, 2], data: Float32Array.from(rows) }),
    };
    await withFolder(files, async (folder) => {
      await expect(readDataset(folder)).rejects.toThrow("itemID 9 is beyond text_feat.npy");
      const dataset = await readDataset(folder, { features: "report" });
      const [text] = inspectDataset(dataset, engine).modalities;
      expect(text.health).toEqual({
        rows: 8,
        columns: 2,
        missingRows: 3,
        zeroRows: 1,
        duplicateRows: 2,
        nonFiniteValues: 4,
        norms: { smallest: 1, mean: expect.closeTo((3 * Math.sqrt(5) + 5 + 5 + 1) / 6, 6), largest: 5 },
      });
      expect(text.preference).toMatchObject({ lift: undefined, verdict: "too-few-pairs" });
    });
  });

  it("takes the neighbours of a neighbour file as they are", () => {
    const train: [number, number][] = [];
    for (let user = 0; user < 40; user++) train.push([user, user % 20], [user, 20 + (user % 20)]);
    const indices = Int32Array.from({ length: 80 }, (_, at) => {
      const item = Math.floor(at / 2);
      return at % 2 === 0 ? item : (item + 20) % 40;
    });
    const neighbours = { rows: 40, width: 2, indices, cosines: new Float32Array(80).fill(1) };
    const dataset = createDataset({
      name: "pairs",
      interactions: { train },
      modalities: [{ name: "text", neighbours }],
    });
    const [text] = inspectDataset(dataset, engine).modalities;
    expect(text).toMatchObject({ health: undefined, neighbourWidth: 2 });
    expect(text.preference).toMatchObject({
      source: "neighbour file",
      neighbours: { pairs: 40, share: 1, mean: 2 },
      verdict: "strong",
    });
    expect(text.preference.random.share).toBeCloseTo(1 / 39, 1);
  });

  it("counts missing items and leaves them out of everything else", () => {
    // Even users take even items. Features say so; the missing rows are all alike and would say the opposite.
    const train: [number, number][] = [];
    for (let user = 0; user < 40; user++) {
      for (let item = user % 2; item < 20; item += 2) if ((item + user) % 3 > 0) train.push([user, item]);
    }
    const missing = [3, 4, 9, 10];
    const features = Array.from({ length: 20 }, (_, item) =>
      missing.includes(item) ? [0, 0, 0] : [item % 2, 1 - (item % 2), item / 100],
    );
    const dataset = createDataset({
      name: "gaps",
      interactions: { train },
      modalities: [{ name: "text", features, missing }],
    });
    const inspection = inspectDataset(dataset, engine, { neighbours: 3 });
    const [text] = inspection.modalities;
    expect(text.health).toMatchObject({ missingRows: 4, zeroRows: 0, duplicateRows: 0 });
    expect(text.missingItems).toBe(4);
    expect(text.preference.neighbours).toMatchObject({ pairs: 16 * 3, share: 1 });
    expect(text.preference.random.pairs).toBe(16 * 50);
    expect(formatInspection(inspection)).toContain("missing     4 item(s) have no text");
    expect(formatInspection(inspection)).toContain("Warning: 4 of 20 item(s) have no text");

    const indices = Int32Array.from({ length: 20 }, (_, item) => (item + 1) % 20);
    const given = { rows: 20, width: 1, indices, cosines: new Float32Array(20).fill(1) };
    const listed = createDataset({
      name: "gaps",
      interactions: { train },
      dislikes: [[0, 1]],
      modalities: [{ name: "text", neighbours: given, missing }],
    });
    const byFile = inspectDataset(listed, engine);
    // Of 20 pairs (item, next item) six touch a missing item.
    expect(byFile.modalities[0].preference.neighbours.pairs).toBe(14);
    expect(byFile.dislikes).toBe(1);
    expect(formatInspection(byFile)).toMatch(/disliked +1 pairs/);
  });

  it("reads well", () => {
    const text = formatInspection(inspectDataset(twoTastes(), engine, { neighbours: 5 }));
    expect(text).toContain("tastes: 60 users, 40 items, 241 interactions, density 10%");
    expect(text).toContain("  train              240 interactions of 60 users");
    expect(text).toContain("missing rows 0, zero rows 0, duplicate rows");
    expect(text).toMatch(/lift [\d.]+ \(mean shared users [\d.]+ against [\d.]+\): taste carries preference/);
    const bare = createDataset({ name: "bare", interactions: { train: [[0, 0]] } });
    expect(formatInspection(inspectDataset(bare, engine))).toContain("No modalities");
  });
});
