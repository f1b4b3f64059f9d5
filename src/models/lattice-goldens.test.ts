/**
 * LATTICE on its three backbones against the released implementation's float64 values: forward, losses, every gradient, Adam,
 * the rebuilt graph. Compared per tensor: max|Δ| / max|golden|, at most 1e-9 in float64 and 1e-4 in float32.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dataset, FeatureSource } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import type { Engine, Floats, Matrix, SparseMatrix } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { updateParameters } from "../tensor/adam.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { Tape } from "../tensor/tape.ts";
import { type BackboneName, backboneNames, modelOptionsSchema } from "./configuration.ts";
import { createLatticeModel } from "./index.ts";
import { releaseItemGraph } from "./item-graph.ts";
import type { LatticeModel } from "./lattice.ts";
import type { Batch } from "./model.ts";

type Nested = number | readonly Nested[];
type SparseRows = readonly (readonly (readonly [number, number])[])[];
type Tensors = Readonly<Record<string, Nested | null>>;

interface Problem {
  readonly n_users: number;
  readonly n_items: number;
  readonly image_feats: readonly (readonly number[])[];
  readonly text_feats: readonly (readonly number[])[];
  readonly train: Readonly<Record<string, readonly number[]>>;
  readonly norm_adj: SparseRows;
  readonly batches: readonly { readonly users: number[]; readonly pos: number[]; readonly neg: number[] }[];
}

interface Forward {
  readonly user_final: Nested;
  readonly item_final: Nested;
  readonly mf_loss: number;
  readonly emb_loss: number;
}

interface Golden {
  readonly params: Tensors;
  readonly forward_build: Forward & {
    readonly image_feats: Nested;
    readonly text_feats: Nested;
    readonly modal_softmax: Nested;
    readonly image_knn: SparseRows;
    readonly text_knn: SparseRows;
    readonly learned_adj: SparseRows;
    readonly original_adj: SparseRows;
    readonly item_adj: SparseRows;
  };
  readonly grads_build: Tensors;
  readonly forward_detached_batch1: Forward;
  readonly grads_detached_batch1: Tensors;
  readonly adam_none_grads: {
    readonly losses: readonly (readonly number[])[];
    readonly lrs: readonly number[];
    readonly params_after_3: Tensors;
    readonly test_forward_after_3: { readonly user_final: Nested; readonly item_final: Nested };
    readonly params_after_4: Tensors;
  };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./goldens/${name}.json`, import.meta.url), "utf8"));
}

const problem = read<Problem>("problem");
const regularisation = 1e-2;
const batchSize = 16;

const flatten = (nested: Nested): number[] => (typeof nested === "number" ? [nested] : nested.flatMap(flatten));

/** Our parameter names by the released implementation's. */
const names: Readonly<Record<string, string>> = {
  modal_weight: "modality.weights",
  "user_embedding.weight": "embedding.users",
  "item_id_embedding.weight": "embedding.items",
  "image_embedding.weight": "features.image",
  "text_embedding.weight": "features.text",
  "image_trs.weight": "projection.image.weight",
  "image_trs.bias": "projection.image.bias",
  "text_trs.weight": "projection.text.weight",
  "text_trs.bias": "projection.text.bias",
  "GC_Linear_list.0.weight": "ngcf.0.sum.weight",
  "GC_Linear_list.0.bias": "ngcf.0.sum.bias",
  "GC_Linear_list.1.weight": "ngcf.1.sum.weight",
  "GC_Linear_list.1.bias": "ngcf.1.sum.bias",
  "Bi_Linear_list.0.weight": "ngcf.0.product.weight",
  "Bi_Linear_list.0.bias": "ngcf.0.product.bias",
  "Bi_Linear_list.1.weight": "ngcf.1.product.weight",
  "Bi_Linear_list.1.bias": "ngcf.1.product.bias",
};

function distance(actual: ArrayLike<number>, golden: readonly number[]): number {
  expect(actual.length).toBe(golden.length);
  let largest = 0;
  let difference = 0;
  golden.forEach((value, e) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(actual[e] - value));
  });
  return largest === 0 ? difference : difference / largest;
}

function dense(rows: SparseRows, columns: number): number[] {
  return rows.flatMap((row) => {
    const out = new Array<number>(columns).fill(0);
    for (const [column, value] of row) out[column] = value;
    return out;
  });
}

function denseOf(matrix: SparseMatrix, values: Floats): number[] {
  const out = new Array<number>(matrix.rows * matrix.columns).fill(0);
  for (let i = 0; i < matrix.rows; i++) {
    for (let p = matrix.rowPointers[i]; p < matrix.rowPointers[i + 1]; p++)
      out[i * matrix.columns + matrix.columnIndices[p]] = values[p];
  }
  return out;
}

function exactSource(rows: readonly (readonly number[])[]): FeatureSource {
  return {
    rows: rows.length,
    columns: rows[0]?.length ?? 0,
    read: (from, to, out) => out.set(rows.slice(from, to).flat()),
  };
}

function goldenDataset(): Dataset {
  const train = Object.entries(problem.train).flatMap(([user, items]) =>
    items.map((item): [number, number] => [Number(user), item]),
  );
  const dataset = createDataset({
    name: "golden",
    users: problem.n_users,
    items: problem.n_items,
    interactions: { train },
  });
  const modalities = [
    { name: "image", features: exactSource(problem.image_feats) },
    { name: "text", features: exactSource(problem.text_feats) },
  ];
  return { ...dataset, modalities };
}

const dataset = goldenDataset();
const options = modelOptionsSchema.parse({
  embeddingSize: 8,
  featureEmbeddingSize: 8,
  neighbours: 4,
  skip: 0.9,
  itemLayers: 2,
  layers: 2,
  dropout: 0,
});

function batchOf(b: number): Batch {
  const { users, pos, neg } = problem.batches[b];
  return { users: Int32Array.from(users), positives: Int32Array.from(pos), negatives: Int32Array.from(neg) };
}

const batches = problem.batches.map((_, b) => batchOf(b));

const engines: readonly { name: string; tolerance: number; open: () => Promise<Engine> }[] = [
  { name: "reference float64", tolerance: 1e-9, open: async () => createReferenceEngine("float64") },
  { name: "reference float32", tolerance: 1e-4, open: async () => createReferenceEngine("float32") },
  { name: "wasm", tolerance: 1e-4, open: () => openEngine({ threads: 2 }) },
];

function gradientOf(engine: Engine, parameter: Parameter): Matrix | undefined {
  const { gradient, value } = parameter;
  if (gradient === undefined || !("left" in gradient)) return gradient;
  const out = { ...value, data: engine.floats(value.data.length) };
  engine.multiply(gradient.left, gradient.right, out);
  return out;
}

describe.each(engines)("LATTICE goldens, $name", ({ open, tolerance }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());

  const close = (actual: ArrayLike<number>, golden: Nested, what: string): void => {
    expect(distance(actual, flatten(golden)), what).toBeLessThanOrEqual(tolerance);
  };

  describe.each([...backboneNames])("on %s", (backbone: BackboneName) => {
    const golden = read<Golden>(`lattice-${backbone}`);
    let model: LatticeModel;
    const parameterOf = (name: string): Parameter => {
      const found = model.parameters.find((parameter) => parameter.name === names[name]);
      if (found === undefined) throw new Error(`no parameter for ${name}`);
      return found;
    };
    const reset = (): void => {
      for (const [name, values] of Object.entries(golden.params)) {
        const parameter = parameterOf(name);
        if (values !== null) parameter.value.data.set(flatten(values));
        parameter.firstMoment.fill(0);
        parameter.secondMoment.fill(0);
        parameter.steps = 0;
      }
    };
    const step = (batch: number, stepOfEpoch: number, learningRate?: number) =>
      engine.step(() => {
        const loss = model.loss(
          new Tape(engine),
          batches[batch],
          { epoch: 0, step: stepOfEpoch, dropoutKey: 0 },
          { regularisation, batchSize },
        );
        const gradients = new Map(
          model.parameters.map((parameter) => [parameter.name, gradientOf(engine, parameter)?.data.slice()]),
        );
        if (learningRate !== undefined) updateParameters(engine, model.parameters, learningRate);
        return { loss, gradients };
      });
    const compareGradients = (gradients: ReadonlyMap<string, Floats | undefined>, tensors: Tensors): void => {
      for (const [name, values] of Object.entries(tensors)) {
        const gradient = gradients.get(names[name] ?? "");
        if (values === null) expect(gradient, name).toBeUndefined();
        else close(gradient ?? [], values, `gradient of ${name}`);
      }
    };
    const compareFinal = (forward: { readonly user_final: Nested; readonly item_final: Nested }): void => {
      const final = model.finalEmbeddings();
      close(final.users.data, forward.user_final, "final users");
      close(final.items.data, forward.item_final, "final items");
      engine.release(final.users.data);
      engine.release(final.items.data);
    };

    beforeAll(async () => {
      model = await createLatticeModel(engine, dataset, { backbone, options, seed: 1 });
      reset();
    });
    afterAll(() => model.dispose());

    it("has the same parameters", () => {
      expect(
        Object.keys(golden.params)
          .map((name) => names[name])
          .sort(),
      ).toEqual(model.parameters.map(({ name }) => name).sort());
    });

    it("builds the same graph", () => {
      reset();
      engine.step(() => {
        const graph = model.buildGraph(new Tape(engine));
        const { parts, constant, values } = graph;
        close(parts.weights.value.data, golden.forward_build.modal_softmax, "weights");
        for (const name of ["image", "text"] as const) {
          const learned = parts.learned.get(name);
          if (learned === undefined) throw new Error(`no learned graph of ${name}`);
          close(learned.projected.value.data, golden.forward_build[`${name}_feats`], `projected ${name}`);
          close(
            denseOf(learned.pair.pattern, learned.values.value.data),
            dense(golden.forward_build[`${name}_knn`], 30),
            `${name} neighbours`,
          );
        }
        close(
          denseOf(constant.forward, parts.fusedLearned?.value.data ?? values),
          dense(golden.forward_build.learned_adj, 30),
          "learned graph",
        );
        close(
          denseOf(constant.forward, parts.fusedInitial?.value.data ?? values),
          dense(golden.forward_build.original_adj, 30),
          "initial graph",
        );
        close(denseOf(constant.forward, values), dense(golden.forward_build.item_adj, 30), "item graph");
        releaseItemGraph(engine, graph);
      });
    });

    it("computes the same final embeddings", () => {
      reset();
      compareFinal(golden.forward_build);
    });

    it("computes the same losses and gradients, graph built and graph constant", () => {
      reset();
      const built = step(0, 0);
      close([built.loss.ranking], golden.forward_build.mf_loss, "ranking loss");
      close([built.loss.regularisation], golden.forward_build.emb_loss, "regularisation");
      compareGradients(built.gradients, golden.grads_build);
      const constant = step(1, 1);
      close([constant.loss.ranking], golden.forward_detached_batch1.mf_loss, "ranking loss");
      close([constant.loss.regularisation], golden.forward_detached_batch1.emb_loss, "regularisation");
      compareGradients(constant.gradients, golden.grads_detached_batch1);
    });

    it("moves the same way through four Adam steps", () => {
      reset();
      const { losses, lrs, params_after_3, params_after_4, test_forward_after_3 } = golden.adam_none_grads;
      const compareParameters = (tensors: Tensors): void => {
        for (const [name, values] of Object.entries(tensors))
          if (values !== null) close(parameterOf(name).value.data, values, name);
      };
      const compareStep = (s: number): void => {
        const { loss } = step(s, s % 3, lrs[s]);
        close([loss.ranking, loss.regularisation], losses[s].slice(0, 2), `losses of step ${s}`);
      };
      [0, 1, 2].forEach(compareStep);
      compareParameters(params_after_3);
      compareFinal(test_forward_after_3);
      compareStep(3);
      compareParameters(params_after_4);
    });
  });
});
