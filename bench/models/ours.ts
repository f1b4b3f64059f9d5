/**
 * Trains one of our models on a dataset folder through the library and measures it: whole epochs, their processor time, and the process's
 * peak memory. Takes its task as JSON in the first argument, prints JSON.
 */
import { z } from "zod";
import { readDataset } from "../../src/data/index.ts";
import { openEngine } from "../../src/engine/open.ts";
import { modelNames } from "../../src/models/configuration.ts";
import { createModel } from "../../src/models/index.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";
import { train } from "../../src/training/train.ts";
import { cpuSeconds, peakBytes } from "../measuring/own-process.ts";
import { profiledEngine } from "../speed/profile.ts";
import { trainingSchema } from "./training.ts";

export const taskSchema = z.object({
  model: z.enum(modelNames),
  data: z.string(),
  threads: z.int().min(1),
  batchSize: z.int().min(1),
  /** Epochs to time; one more runs before them. */
  epochs: z.int().min(1),
  seed: z.int(),
  /** Count the time of each engine operation over the timed epochs. */
  profile: z.boolean(),
});
export type Task = z.infer<typeof taskSchema>;

export const resultSchema = trainingSchema.extend({
  operations: z.array(z.object({ operation: z.string(), calls: z.number(), seconds: z.number() })),
});
export type Result = z.infer<typeof resultSchema>;

async function measure({ model: name, data, threads, batchSize, epochs, seed, profile }: Task): Promise<Result> {
  // Validation runs in the first epoch alone, which is not timed.
  const fixed = { sampler: "by-interaction", batchSize, epochs: epochs + 1, validateEvery: 1_000_000 };
  const options = parseTrainingOptions(fixed, name);
  const dataset = await readDataset(data);
  const open = await openEngine({ threads });
  const { engine, times } = profile ? profiledEngine(open) : { engine: open, times: new Map() };
  const model = await createModel(engine, dataset, { model: name, options, seed });
  const cpuAtEnds: number[] = [];
  const { history } = await train({
    engine,
    model,
    dataset,
    options,
    seed,
    onEvent: (event) => {
      if (event.kind !== "epoch") return;
      cpuAtEnds.push(cpuSeconds());
      if (event.record.epoch === 0) times.clear();
    },
  });
  model.dispose();
  engine.close();
  return {
    epochSeconds: history.slice(1).map(({ seconds }) => seconds),
    epochCpuSeconds: cpuAtEnds.slice(1).map((end, epoch) => end - (cpuAtEnds[epoch] ?? 0)),
    peakBytes: peakBytes(),
    losses: history.map(({ loss }) => loss),
    operations: [...times.values()],
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure(taskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
