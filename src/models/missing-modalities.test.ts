/** The item graph of catalogues whose items lack modalities, against its equations written out with dense matrices. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dataset, Modality, NeighbourFile } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { updateParameters } from "../tensor/adam.ts";
import { createRandom } from "../tensor/random.ts";
import { Tape } from "../tensor/tape.ts";
import { type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { modalitySets, withoutMissing } from "./missing-modalities.ts";
import type { Batch, Model } from "./model.ts";

type Dense = number[][];

const users = 6;
const items = 9;
const names = ["audio", "image", "text"] as const;
const columns = 5;

interface Catalogue {
  readonly dataset: Dataset;
  /** By modality, 1 where an item has it. */
  readonly has: readonly (readonly boolean[])[];
}

/** Features of all items, also of those that are said to lack them: what stands there must not matter. */
function catalogue(lacks: readonly (readonly boolean[])[], fill = 1): Catalogue {
  const random = createRandom(3, "catalogue");
  const train = Array.from({ length: users * 3 }, (_, p): [number, number] => [p % users, random.below(items)]);
  const dataset = createDataset({
    name: "lacking",
    users,
    items,
    interactions: { train },
    modalities: names.map((name, m) => ({
      name,
      columns,
      features: Float32Array.from({ length: items * columns }, (_, e) => {
        const value = random.uniform() - 0.2;
        return lacks[m][Math.floor(e / columns)] ? fill : value;
      }),
    })),
  });
  const modalities = dataset.modalities.map((modality, m): Modality => {
    const missing = Int32Array.from(lacks[m].flatMap((lack, item) => (lack ? [item] : [])));
    return missing.length === 0 ? modality : { ...modality, missing };
  });
  return { dataset: { ...dataset, modalities }, has: lacks.map((row) => row.map((lack) => !lack)) };
}

function modelOf(dataset: Dataset, options: Partial<ModelOptions>): Promise<Model> {
  const parsed = modelOptionsSchema.parse({ embeddingSize: 4, featureEmbeddingSize: 4, neighbours: 3, ...options });
  return createModel(createReferenceEngine("float64"), dataset, {
    model: "lattice",
    backbone: "mf",
    options: parsed,
    seed: 2,
  });
}

const batch: Batch = {
  users: Int32Array.from({ length: 12 }, (_, t) => t % users),
  positives: Int32Array.from({ length: 12 }, (_, t) => t % items),
  negatives: Int32Array.from({ length: 12 }, (_, t) => (t + 4) % items),
};

function trainSteps(model: Model, steps: number): void {
  for (let epoch = 0; epoch < steps; epoch++) {
    model.engine.step(() => {
      const context = { epoch, step: 0, dropoutKey: 0 };
      model.loss(new Tape(model.engine), batch, context, { regularisation: 0.01, batchSize: 12 });
      updateParameters(model.engine, model.parameters, 0.05);
    });
  }
}

function parameter(model: Model, name: string): Dense {
  const found = model.parameters.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no parameter ${name}`);
  const { rows, columns: width, data } = found.value;
  return Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * width, (r + 1) * width)));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const dot = (a: readonly number[], b: readonly number[]): number => sumOf(a.map((value, c) => value * b[c]));

/** The k largest cosines of each row among the items that have the modality. */
function nearest(rows: Dense, has: readonly boolean[], k: number): Dense {
  return rows.map((row, i) => {
    const out = new Array<number>(items).fill(0);
    if (!has[i]) return out;
    const cosines = rows.flatMap((other, j) =>
      has[j] ? [{ j, cosine: dot(row, other) / Math.sqrt(dot(row, row) * dot(other, other)) }] : [],
    );
    for (const { j, cosine } of cosines.sort((a, b) => b.cosine - a.cosine).slice(0, k)) out[j] = cosine;
    return out;
  });
}

function normalised(matrix: Dense): Dense {
  const scale = matrix.map((row) => {
    const sum = sumOf(row);
    return sum > 0 ? 1 / Math.sqrt(sum) : 0;
  });
  return matrix.map((row, i) => row.map((value, j) => scale[i] * value * scale[j]));
}

/** Σ_m α_im V_m row by row, with the weights of the modalities that the item has made to sum to 1. */
function weighted(matrices: readonly Dense[], alpha: readonly number[], has: Catalogue["has"]): Dense {
  return Array.from({ length: items }, (_, i) => {
    const own = sumOf(alpha.filter((_, m) => has[m][i]));
    return Array.from({ length: items }, (_, j) =>
      sumOf(matrices.map((matrix, m) => (has[m][i] ? (alpha[m] / own) * matrix[i][j] : 0))),
    );
  });
}

const k = 3;

function expectedGraph(model: Model, { dataset, has }: Catalogue, options: ModelOptions): Dense {
  const weights = model.modalityWeights() ?? {};
  const alpha = names.map((name) => weights[name]);
  const raw = dataset.modalities.map(({ features }): Dense => {
    const all = new Float64Array(items * columns);
    features?.read(0, items, all);
    return Array.from({ length: items }, (_, i) => Array.from(all.subarray(i * columns, (i + 1) * columns)));
  });
  const initial = weighted(
    raw.map((rows, m) => normalised(nearest(rows, has[m], k))),
    alpha,
    has,
  );
  if (options.skip === 1) return initial;
  const mined = names.map((name, m) => {
    const w = parameter(model, `projection.${name}.weight`);
    const b = parameter(model, `projection.${name}.bias`)[0] ?? [];
    const projected = parameter(model, `features.${name}`).map((x) => w.map((row, c) => dot(row, x) + b[c]));
    return nearest(projected, has[m], k);
  });
  const learned =
    options.normalisation === "fused"
      ? normalised(weighted(mined, alpha, has))
      : weighted(mined.map(normalised), alpha, has);
  return learned.map((row, i) => row.map((value, j) => (1 - options.skip) * value + options.skip * initial[i][j]));
}

function builtGraph(model: Model): Dense {
  const built = model.itemGraph();
  const out = Array.from({ length: items }, () => new Array<number>(items).fill(0));
  if (built === undefined) return out;
  const { rowPointers, columnIndices, values } = built.graph;
  for (let i = 0; i < items; i++) {
    for (let p = rowPointers[i]; p < rowPointers[i + 1]; p++) out[i][columnIndices[p]] = values[p];
  }
  return out;
}

const lackOf = fc.array(fc.array(fc.boolean(), { minLength: items, maxLength: items }), {
  minLength: names.length,
  maxLength: names.length,
});

describe("items that lack modalities", () => {
  it("have the graph of the equations", async () => {
    const settings = fc.record({
      skip: fc.constantFrom(0, 0.5, 1),
      normalisation: fc.constantFrom("fused" as const, "per-modality" as const),
    });
    await fc.assert(
      fc.asyncProperty(lackOf, settings, async (lacks, chosen) => {
        const given = catalogue(lacks);
        const options = modelOptionsSchema.parse({ ...chosen, neighbours: k });
        const model = await modelOf(given.dataset, { ...chosen, neighbours: k });
        trainSteps(model, 2);
        const expected = expectedGraph(model, given, options);
        const actual = builtGraph(model);
        for (let i = 0; i < items; i++) {
          for (let j = 0; j < items; j++) expect(actual[i][j], `G[${i}, ${j}]`).toBeCloseTo(expected[i][j], 6);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are placed by the backbone alone where they lack all of them", async () => {
    const lonely = 4;
    const { dataset } = catalogue(names.map(() => Array.from({ length: items }, (_, i) => i === lonely)));
    const model = await modelOf(dataset, {});
    trainSteps(model, 2);
    const graph = builtGraph(model);
    expect(graph[lonely]).toEqual(new Array(items).fill(0));
    expect(graph.map((row) => row[lonely])).toEqual(new Array(items).fill(0));
    const final = model.finalEmbeddings();
    const size = final.items.columns;
    const own = Array.from(final.items.data.subarray(lonely * size, (lonely + 1) * size));
    expect(own).toEqual(parameter(model, "embedding.items")[lonely]);
  });

  it("train where nobody has anything", async () => {
    const { dataset } = catalogue(names.map(() => new Array<boolean>(items).fill(true)));
    const model = await modelOf(dataset, {});
    trainSteps(model, 2);
    expect(builtGraph(model).flat()).toEqual(new Array(items * items).fill(0));
    expect(parameter(model, "embedding.items").flat().every(Number.isFinite)).toBe(true);
  });

  it("keep zero rows of raw features, whatever stood there, and do not change by it", async () => {
    const lacks = names.map((_, m) => Array.from({ length: items }, (__, i) => (i + m) % 3 === 0));
    const bytes: number[][] = [];
    for (const fill of [0, 7]) {
      const { dataset } = catalogue(lacks, fill);
      const model = await modelOf(dataset, { skip: 0.5 });
      trainSteps(model, 3);
      names.forEach((name, m) => {
        parameter(model, `features.${name}`).forEach((row, item) => {
          const isZero = row.every((value) => value === 0);
          expect(isZero, `${name} of item ${item}`).toBe(lacks[m][item]);
        });
      });
      bytes.push(model.parameters.flatMap(({ value }) => Array.from(value.data)));
    }
    expect(bytes[1]).toEqual(bytes[0]);
  });

  it("change nothing where the list is empty", async () => {
    const { dataset } = catalogue(names.map(() => new Array<boolean>(items).fill(false)));
    const emptied = { ...dataset, modalities: dataset.modalities.map((m) => ({ ...m, missing: new Int32Array(0) })) };
    const [without, empty] = await Promise.all([modelOf(dataset, {}), modelOf(emptied, {})]);
    for (const model of [without, empty]) trainSteps(model, 3);
    expect(empty.parameters.map(({ value }) => value.data)).toEqual(without.parameters.map(({ value }) => value.data));
  });

  it("count a modality that is only a neighbour list among those they have", async () => {
    const { dataset } = catalogue(names.map(() => new Array<boolean>(items).fill(false)));
    const [, image, text] = dataset.modalities;
    const ring = (step: number): number[] => Array.from({ length: items }, (_, i) => (i + step) % items);
    const neighbours: NeighbourFile = {
      rows: items,
      width: 1,
      indices: Int32Array.from(ring(1)),
      cosines: new Float32Array(items).fill(0.5),
    };
    const missing = Int32Array.of(0, 3);
    const modalities = [
      { name: "image", neighbours, missing },
      { ...text, missing: Int32Array.of(3, 5) },
    ];
    const model = await modelOf({ ...dataset, modalities }, { skip: 1 });
    const graph = builtGraph(model);
    const list = model.initialNeighbours[image.name];
    expect(Array.from(list.indices)).toEqual([-1, 2, -1, -1, 5, 6, 7, 8, -1]);
    expect(graph[3]).toEqual(new Array(items).fill(0));
    // Item 5 has the list alone: its one neighbour, 6, weighs as if there were no text.
    expect(graph[5][6]).toBeCloseTo(1, 6);
    expect(graph[1][2]).toBeLessThan(0.6);
  });
});

describe("modalitySets", () => {
  it("says for each item what it has", () => {
    fc.assert(
      fc.property(lackOf, (lacks) => {
        const missing = lacks.map((row) => Int32Array.from(row.flatMap((lack, item) => (lack ? [item] : []))));
        const sets = modalitySets(items, missing);
        expect(sets === undefined).toBe(missing.every((list) => list.length === 0));
        for (let item = 0; item < items && sets !== undefined; item++) {
          expect(sets.sets[sets.setOf[item]]).toEqual(lacks.flatMap((row, m) => (row[item] ? [] : [m])));
        }
      }),
    );
  });
});

describe("withoutMissing", () => {
  it("keeps the order of what is left and pads at the end", () => {
    const neighbours: NeighbourFile = {
      rows: 3,
      width: 3,
      indices: Int32Array.of(0, 1, 2, 1, 0, -1, 2, 0, 1),
      cosines: Float32Array.of(1, 0.5, 0.25, 1, 0.5, 0, 1, 0.25, 0.125),
    };
    expect(withoutMissing(neighbours, Int32Array.of(1))).toEqual({
      rows: 3,
      width: 3,
      indices: Int32Array.of(0, 2, -1, -1, -1, -1, 2, 0, -1),
      cosines: Float32Array.of(1, 0.25, 0, 0, 0, 0, 1, 0.25, 0),
    });
    expect(withoutMissing(neighbours, undefined)).toBe(neighbours);
  });
});
