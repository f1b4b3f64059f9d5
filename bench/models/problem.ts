/**
 * Writes a small made-up problem with the loss and every gradient of one batch, from our models in float64 on the reference engine: what
 * `bench/peers/check_models.py` compares the peers with. Nothing is left to chance: BM3 drops nothing, and the pairs that
 * FREEDOM keeps are written down.
 *
 *     node bench/models/problem.ts > problem.json
 */
import { createDataset } from "../../src/data/index.ts";
import { createReferenceEngine } from "../../src/engine/reference.ts";
import { prunePairs } from "../../src/graph/pruning.ts";
import { createModel } from "../../src/models/index.ts";
import type { Batch } from "../../src/models/model.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { Tape } from "../../src/tensor/tape.ts";
import type { TrainingOptionsInput } from "../../src/training/configuration.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";
import type { PeerModel } from "./peers.ts";

const [users, items, batchSize, seed] = [30, 24, 12, 7];
const random = createRandom(seed, "problem");

const pairs = Array.from({ length: users }, (_, user) =>
  Array.from({ length: items }, (__, item): [number, number] => [user, item]).filter(() => random.uniform() < 0.2),
).flat();

const features = (columns: number) => ({
  columns,
  features: Float32Array.from({ length: items * columns }, () => random.uniform() - 0.3),
});

const dataset = createDataset({
  name: "problem",
  users,
  items,
  interactions: { train: pairs },
  modalities: [
    { name: "image", ...features(9) },
    { name: "text", ...features(6) },
  ],
});

const draws = (below: number): Int32Array => Int32Array.from({ length: batchSize }, () => random.below(below));
const batch: Batch = { users: draws(users), positives: draws(items), negatives: draws(items) };

const small: TrainingOptionsInput = { embeddingSize: 8, featureEmbeddingSize: 5, neighbours: 3, batchSize };
const cases: readonly { readonly model: PeerModel; readonly options: TrainingOptionsInput }[] = [
  { model: "lightgcn", options: { regularisation: 0.1 } },
  { model: "lightgcn", options: { layers: 3 } },
  { model: "vbpr", options: { regularisation: 0.1 } },
  { model: "freedom", options: { edgeDropout: 0.5, featureWeight: 0.3, regularisation: 0.1 } },
  { model: "freedom", options: { edgeDropout: 0, itemLayers: 2, layers: 1, imageShare: 0.4, featureWeight: 0.3 } },
  { model: "bm3", options: { dropout: 0, regularisation: 0.1 } },
  { model: "bm3", options: { dropout: 0, layers: 2, contrastWeight: 0.5 } },
  { model: "mmgcn", options: { regularisation: 0.1 } },
  { model: "mmgcn", options: { layers: 3 } },
];

const engine = createReferenceEngine("float64");

async function computed({ model: name, options: given }: (typeof cases)[number]) {
  const options = parseTrainingOptions({ ...small, ...given }, name);
  const model = await createModel(engine, dataset, { model: name, options, seed });
  for (const { value } of model.parameters) {
    for (let e = 0; e < value.data.length; e++) value.data[e] = random.uniform() - 0.5;
  }
  const values = model.parameters.map((parameter) => [parameter.name, [...parameter.value.data]]);
  const context = { epoch: 0, step: 0, dropoutKey: 1 };
  const { loss, gradients } = engine.step(() => {
    const batchLoss = model.loss(new Tape(engine), batch, context, options);
    const written = model.parameters.map(({ name: parameter, gradient }) => [
      parameter,
      gradient !== undefined && "data" in gradient ? [...gradient.data] : null,
    ]);
    return { loss: batchLoss, gradients: written };
  });
  const { train } = dataset.interactions;
  const kept =
    options.edgeDropout === 0 ? train : prunePairs(train, 1 - options.edgeDropout, createRandom(seed, "pruning/0"));
  model.dispose();
  return {
    model: name,
    options,
    parameters: Object.fromEntries(values),
    kept: { rowPointers: [...kept.rowPointers], columnIndices: [...kept.columnIndices] },
    loss,
    gradients: Object.fromEntries(gradients),
  };
}

const results = [];
for (const one of cases) results.push(await computed(one));
console.log(
  JSON.stringify({
    users,
    items,
    pairs,
    features: Object.fromEntries(
      dataset.modalities.map(({ name, features: source }) => {
        const data = new Float32Array(items * (source?.columns ?? 0));
        source?.read(0, items, data);
        return [name, [...data]];
      }),
    ),
    batch: { users: [...batch.users], positives: [...batch.positives], negatives: [...batch.negatives] },
    cases: results,
  }),
);
