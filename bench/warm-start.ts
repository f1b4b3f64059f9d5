/**
 * What a warm start is worth: a model trained without a share of the newest interactions (drawn at random where a dataset has no times), then on all
 * of them, cold and from those weights. Told are epochs and seconds until the same validation figure, the best that the cold one found.
 *
 *     npm run bench:warm-start -- --dataset FOLDER
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Dataset } from "../src/data/dataset.ts";
import { createDataset, readDataset } from "../src/data/index.ts";
import { modelNames } from "../src/models/configuration.ts";
import type { Run } from "../src/runs/open-run.ts";
import { trainRun } from "../src/runs/train-run.ts";
import { createRandom } from "../src/tensor/random.ts";
import { parseSettings } from "../src/training/parse-options.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:warm-start -- --dataset FOLDER [options]
  --model lattice  the model
  --share 0.05     share of the training interactions that are new
  --set key=value  an option of the trainings (repeatable)
  --seed 1         seed of the share and of the trainings
  --threads 1      threads of a training`;

const argumentsSchema = z.object({
  dataset: z.string(),
  model: z.enum(modelNames).default("lattice"),
  share: z.coerce.number().gt(0).lt(1).default(0.05),
  threads: z.coerce.number().int().min(1).default(1),
  seed: z.coerce.number().int().min(0).default(1),
  set: z.array(z.string()).default([]),
});

/** The same users, items and validation set, without a share of the training interactions. */
function without(dataset: Dataset, share: number, seed: number): Dataset {
  const random = createRandom(seed, "warm start");
  const { train, validation, test } = dataset.interactions;
  const users: number[] = [];
  const items: number[] = [];
  for (let user = 0; user < dataset.users; user++) {
    for (let p = train.rowPointers[user]; p < train.rowPointers[user + 1]; p++) {
      if (random.uniform() < share) continue;
      users.push(user);
      items.push(train.columnIndices[p]);
    }
  }
  const pairs = ({ rowPointers, columnIndices }: typeof train) => ({
    users: Array.from({ length: dataset.users }, (_, user) =>
      new Array<number>(rowPointers[user + 1] - rowPointers[user]).fill(user),
    ).flat(),
    items: columnIndices,
  });
  return createDataset({
    name: `${dataset.name} before`,
    userIds: dataset.userIds,
    itemIds: dataset.itemIds,
    interactions: { train: { users, items }, validation: pairs(validation), test: pairs(test) },
    modalities: dataset.modalities,
  });
}

/** Epochs and seconds until the figure; undefined where it is never reached. */
function until({ history }: Run, figure: string, target: number) {
  let seconds = 0;
  for (const record of history) {
    seconds += record.seconds;
    if ((record.validation?.[figure] ?? 0) >= target) return { epochs: record.epoch + 1, seconds };
  }
  return undefined;
}

const { values } = parseArgs({
  options: {
    dataset: { type: "string" },
    model: { type: "string" },
    share: { type: "string" },
    threads: { type: "string" },
    seed: { type: "string" },
    set: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) console.log(usage);
const checked = values.help === true ? undefined : checkedArguments(argumentsSchema, values);
if (checked !== undefined) {
  const { model, share, threads, seed, set } = checked;
  const dataset = await readDataset(checked.dataset);
  const options = { validateEvery: 1, ...parseSettings(set) };
  const folder = mkdtempSync(join(tmpdir(), "latticework-warm-start-"));
  try {
    const at = (name: string): string => join(folder, name);
    const common = { model, options, seed, threads } as const;
    const before = await trainRun({ ...common, dataset: without(dataset, share, seed), out: at("before") });
    const cold = await trainRun({ ...common, dataset, out: at("cold") });
    const warm = await trainRun({ ...common, dataset, out: at("warm"), warmStart: { run: before.folder } });
    const figure = cold.config.options.validateBy;
    const best = (run: Run): number => run.metrics.validation[figure] ?? 0;
    const targets = [
      ["99% of the cold best", 0.99 * best(cold)],
      ["the cold best", best(cold)],
    ] as const;
    console.log(
      `${dataset.name}, ${model}: ${(100 * share).toFixed(0)}% of ${dataset.interactions.train.columnIndices.length} interactions are new, ${threads} threads`,
    );
    const told = (reached: ReturnType<typeof until>): string =>
      reached === undefined ? "never" : `${reached.epochs} epochs, ${reached.seconds.toFixed(1)} s`;
    for (const [name, target] of targets) {
      const [ofCold, ofWarm] = [until(cold, figure, target), until(warm, figure, target)];
      const times =
        ofCold === undefined || ofWarm === undefined ? "" : `, ${(ofCold.seconds / ofWarm.seconds).toFixed(1)} times`;
      console.log(`until ${name} (${figure} ${target.toFixed(4)}): cold ${told(ofCold)}; warm ${told(ofWarm)}${times}`);
    }
    const testFigure = "recall@20";
    for (const [name, run] of [
      ["before", before],
      ["cold", cold],
      ["warm", warm],
    ] as const) {
      console.log(
        `${name}: best ${figure} ${best(run).toFixed(4)} at epoch ${run.metrics.bestEpoch + 1} of ${run.metrics.epochs}, test ${testFigure} ${(run.metrics.test[testFigure] ?? 0).toFixed(4)}, ${run.metrics.seconds.total.toFixed(1)} s in all`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
