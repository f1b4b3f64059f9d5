/**
 * Trains our LATTICE on a dataset folder through the library and measures it: whole epochs, the parts of an epoch, full-ranking
 * evaluation, and the process's peak memory. Takes its task as JSON in the first argument, prints JSON.
 */
import { z } from "zod";
import type { Dataset } from "../../src/data/dataset.ts";
import { readDataset } from "../../src/data/index.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open.ts";
import { evaluate } from "../../src/evaluation/evaluate.ts";
import { createModel } from "../../src/models/index.ts";
import type { Model } from "../../src/models/model.ts";
import type { TrainingOptions } from "../../src/training/configuration.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";
import { train } from "../../src/training/train.ts";
import { cpuSeconds, peakBytes } from "../measuring/own-process.ts";
import { profiledEngine } from "./profile.ts";

export const taskSchema = z.object({
  data: z.string(),
  threads: z.int().min(1),
  /** Epochs to time; one more runs before them. */
  epochs: z.int().min(1),
  evaluations: z.int().min(0),
  seed: z.int(),
  /** Count the time of each engine operation over the timed epochs. */
  profile: z.boolean(),
});
export type Task = z.infer<typeof taskSchema>;

export const resultSchema = z.object({
  graphSeconds: z.number(),
  firstEpochSeconds: z.number(),
  epochSeconds: z.array(z.number()),
  /** Of all threads together, the runtime's own included. */
  epochCpuSeconds: z.array(z.number()),
  /** Loss and gradient of the step that builds the item graph, one value an epoch. */
  buildSeconds: z.array(z.number()),
  /** Loss and gradient of all the other steps, one value an epoch. */
  ordinarySeconds: z.array(z.number()),
  trainingPeakBytes: z.number(),
  peakBytes: z.number(),
  rebuildSeconds: z.array(z.number()),
  evaluationSeconds: z.array(z.number()),
  operations: z.array(z.object({ operation: z.string(), calls: z.number(), seconds: z.number() })),
  losses: z.array(z.number()),
});
export type Result = z.infer<typeof resultSchema>;

interface EpochParts {
  readonly build: number;
  readonly ordinary: number;
}

/** The same model, telling how long its losses took, by epoch. */
function timedModel(model: Model, parts: EpochParts[]): Model {
  const loss: Model["loss"] = (tape, batch, context, options) => {
    const started = performance.now();
    const result = model.loss(tape, batch, context, options);
    const seconds = (performance.now() - started) / 1000;
    const { build, ordinary } = parts[context.epoch] ?? { build: 0, ordinary: 0 };
    parts[context.epoch] =
      context.step === 0 ? { build: build + seconds, ordinary } : { build, ordinary: ordinary + seconds };
    return result;
  };
  return Object.create(model, { loss: { value: loss } });
}

/** Full-ranking evaluation of every user that has test items, some times; and rebuilding the final embeddings before it. */
function timeEvaluation(engine: Engine, model: Model, dataset: Dataset, times: number) {
  const rebuildSeconds: number[] = [];
  const evaluationSeconds: number[] = [];
  for (let time = 0; time < times; time++) {
    const started = performance.now();
    const embeddings = model.finalEmbeddings();
    const rebuilt = performance.now();
    evaluate({ engine, embeddings, interactions: dataset.interactions, split: "test", cutoffs: [10, 20] });
    evaluationSeconds.push((performance.now() - rebuilt) / 1000);
    rebuildSeconds.push((rebuilt - started) / 1000);
    engine.release(embeddings.users.data);
    engine.release(embeddings.items.data);
  }
  return { rebuildSeconds, evaluationSeconds };
}

async function measure(task: Task): Promise<Result> {
  // Validation is measured apart: it happens in the first epoch alone, which is not timed.
  const options: TrainingOptions = parseTrainingOptions({ epochs: task.epochs + 1, validateEvery: 1_000_000 });
  const dataset = await readDataset(task.data);
  const open = await openEngine({ threads: task.threads });
  const profiled = task.profile ? profiledEngine(open) : { engine: open, times: new Map() };
  const { engine, times } = profiled;
  const model = await createModel(engine, dataset, {
    model: "lattice",
    backbone: "lightgcn",
    options,
    seed: task.seed,
  });
  const parts: EpochParts[] = [];
  const cpuAtEpochEnds: number[] = [];
  const result = await train({
    engine,
    model: timedModel(model, parts),
    dataset,
    options,
    seed: task.seed,
    onEvent: (event) => {
      if (event.kind !== "epoch") return;
      cpuAtEpochEnds.push(cpuSeconds());
      if (event.record.epoch === 0) times.clear();
    },
  });
  const operations = [...times.values()];
  const trainingPeakBytes = peakBytes();
  const evaluation = timeEvaluation(engine, model, dataset, task.evaluations);
  const timed = result.history.slice(1);
  const graphSeconds = model.graphSeconds;
  model.dispose();
  engine.close();
  return {
    graphSeconds,
    firstEpochSeconds: result.history[0]?.seconds ?? Number.NaN,
    epochSeconds: timed.map(({ seconds }) => seconds),
    epochCpuSeconds: timed.map((_, epoch) => (cpuAtEpochEnds[epoch + 1] ?? 0) - (cpuAtEpochEnds[epoch] ?? 0)),
    buildSeconds: parts.slice(1).map(({ build }) => build),
    ordinarySeconds: parts.slice(1).map(({ ordinary }) => ordinary),
    trainingPeakBytes,
    peakBytes: peakBytes(),
    ...evaluation,
    operations,
    losses: result.history.map(({ loss }) => loss),
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure(taskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
