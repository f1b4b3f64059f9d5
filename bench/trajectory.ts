/**
 * Whether a training of LATTICE follows PyTorch's: the sparse peer starts from our initial weights and takes our batches, so that what is
 * left between the two is rounding. Prints the summed loss of each epoch of both.
 *
 *     npm run bench:trajectory -- --dataset FOLDER
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { readDataset } from "../src/data/index.ts";
import { writeNpy } from "../src/data/npy.ts";
import { openEngine } from "../src/engine/open.ts";
import { createModel } from "../src/models/index.ts";
import type { Model } from "../src/models/model.ts";
import type { TrainingOptions } from "../src/training/configuration.ts";
import { parseSettings, parseTrainingOptions } from "../src/training/parse-options.ts";
import { createSampler, type Sampler } from "../src/training/samplers.ts";
import { train } from "../src/training/train.ts";
import { suite } from "./accuracy/suites.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { markdownTable } from "./measuring/figures.ts";
import { measurePeerInProcess } from "./measuring/measured-process.ts";

const usage = `Usage: npm run bench:trajectory -- --dataset FOLDER [options]
  --epochs n        epochs to follow (default 15)
  --seed n          seed of start and batches (default 1)
  --set key=value   an option, over those of the ml100k suite (repeatable)
  --python FILE     the Python with PyTorch (default /usr/bin/python3)`;

const argumentsSchema = z.object({
  dataset: z.string(),
  epochs: z.coerce.number().int().min(1).default(15),
  seed: z.coerce.number().int().min(0).default(1),
  set: z.array(z.string()).default([]),
  python: z.string().default("/usr/bin/python3"),
});

function readArguments(): z.infer<typeof argumentsSchema> | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      epochs: text,
      seed: text,
      set: { type: "string", multiple: true },
      python: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

/** Triples of an epoch, one after another. @returns the steps' sizes */
function writeBatches(folder: string, sampler: Sampler, epochs: number): readonly number[] {
  const triples: number[] = [];
  let sizes: readonly number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const batches = [...sampler.batches(epoch)];
    sizes = batches.map(({ users }) => users.length);
    for (const { users, positives, negatives } of batches) {
      users.forEach((user, t) => {
        triples.push(user, positives[t], negatives[t]);
      });
    }
  }
  writeNpy(join(folder, "batches.npy"), [triples.length / 3, 3], "int32", Int32Array.from(triples));
  return sizes;
}

/** Raw features are not written: both take them from the dataset. */
function writeParameters(folder: string, model: Model): void {
  for (const { name, value } of model.parameters) {
    if (name.startsWith("features.")) continue;
    writeNpy(join(folder, `${name}.npy`), [value.rows, value.columns], "float32", Float32Array.from(value.data));
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const { epochs, seed } = given;
  const [configuration] = suite("ml100k");
  const options: TrainingOptions = parseTrainingOptions({
    ...configuration?.options,
    ...parseSettings(given.set),
    epochs,
    validateEvery: 0,
  });
  const folder = mkdtempSync(join(tmpdir(), "latticework-trajectory-"));
  const engine = await openEngine({ threads: 1 });
  try {
    const dataset = await readDataset(resolve(given.dataset));
    const model = await createModel(engine, dataset, { model: "lattice", backbone: "lightgcn", options, seed });
    writeParameters(folder, model);
    const sizes = writeBatches(folder, createSampler(dataset.interactions.train, options, seed, dataset), epochs);
    const { batchSize, learningRate, regularisation } = options;
    const task = { epochs, sizes, batchSize, learningRate, regularisation, modalities: options.modalities };
    writeFileSync(join(folder, "task.json"), JSON.stringify(task));
    const { history } = await train({ engine, model, dataset, options, seed });
    const peer = await measurePeerInProcess(
      given.python,
      [join(import.meta.dirname, "peers/trajectory.py"), "--dataset", resolve(given.dataset), "--start", folder],
      z.object({ losses: z.array(z.number()) }),
    );
    const rows = history.map(({ epoch, loss }) => {
      const theirs = peer.losses[epoch] ?? Number.NaN;
      return [`${epoch}`, loss.toFixed(6), theirs.toFixed(6), (loss / theirs - 1).toExponential(1)];
    });
    console.log(markdownTable(["epoch", "ours", "PyTorch", "relative difference"], rows));
  } finally {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
