/**
 * One dataset of the growth table in a process of its own: reads the folder, builds the initial graphs, trains LATTICE with
 * frozen features for a few epochs. Takes its task as JSON in the first argument, prints JSON.
 */
import { z } from "zod";
import { readDataset } from "../../src/data/index.ts";
import { openEngine } from "../../src/engine/open.ts";
import { createModel } from "../../src/models/index.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";
import { train } from "../../src/training/train.ts";

export const taskSchema = z.object({
  data: z.string(),
  threads: z.int().min(1),
  epochs: z.int().min(1),
  seed: z.int(),
});
export type Task = z.infer<typeof taskSchema>;

export const resultSchema = z.object({
  users: z.int(),
  items: z.int(),
  training: z.int(),
  readSeconds: z.number(),
  graphSeconds: z.number(),
  epochSeconds: z.array(z.number()),
  /** Of the validation in the first epoch. */
  validationSeconds: z.number(),
  peakBytes: z.number(),
  engineBytes: z.number(),
});
export type Result = z.infer<typeof resultSchema>;

async function measure(task: Task): Promise<Result> {
  const options = parseTrainingOptions({ freezeFeatures: true, epochs: task.epochs, validateEvery: 1_000_000 });
  const started = performance.now();
  const dataset = await readDataset(task.data);
  const readSeconds = (performance.now() - started) / 1000;
  console.error(`  read in ${readSeconds.toFixed(1)} s`);
  const engine = await openEngine({ threads: task.threads });
  const model = await createModel(engine, dataset, {
    model: "lattice",
    backbone: "lightgcn",
    options,
    seed: task.seed,
  });
  console.error(`  initial graphs in ${model.graphSeconds.toFixed(1)} s`);
  const result = await train({
    engine,
    model,
    dataset,
    options,
    seed: task.seed,
    onEvent: (event) => {
      if (event.kind !== "epoch") return;
      console.error(`  epoch ${event.record.epoch}: ${event.record.seconds.toFixed(2)} s, loss ${event.record.loss}`);
    },
  });
  const epochSeconds = result.history.map(({ seconds }) => seconds);
  const answer: Result = {
    users: dataset.users,
    items: dataset.items,
    training: dataset.interactions.train.columnIndices.length,
    readSeconds,
    graphSeconds: model.graphSeconds,
    epochSeconds,
    validationSeconds: result.seconds.total - epochSeconds.reduce((sum, seconds) => sum + seconds, 0),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    engineBytes: engine.memory().reserved,
  };
  model.dispose();
  engine.close();
  return answer;
}

if (import.meta.main) console.log(JSON.stringify(await measure(taskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
