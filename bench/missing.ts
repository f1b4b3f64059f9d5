/**
 * Does it help to say that an item lacks a modality? A share of the items of a real dataset loses one of its modalities at random, and
 * LATTICE is trained with these marked as missing, with rows of zeros in their place, and with the mean row. Test figures are those of
 * the best validated epoch. Items are put in random order first (`inRandomOrder` says why).
 *
 *     npm run bench:missing -- --dataset FOLDER --shares 0.3,0.6 --seeds 1,2,3
 *     npm run bench:missing -- --dataset FOLDER --cold
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Dataset } from "../src/data/dataset.ts";
import { readDataset } from "../src/data/index.ts";
import { openEngine } from "../src/engine/open.ts";
import { coldItems } from "../src/evaluation/cold-start.ts";
import { evaluate } from "../src/evaluation/evaluate.ts";
import { createModel } from "../src/models/index.ts";
import { parseSettings, parseTrainingOptions } from "../src/training/parse-options.ts";
import { train } from "../src/training/train.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { markdownTable } from "./measuring/figures.ts";
import { dropModalities, incompleteDataset, inRandomOrder, remedies, withColdItems } from "./missing/incomplete.ts";

const usage = `Usage: npm run bench:missing -- --dataset FOLDER [options]
  --shares 0.3,0.6   shares of the items that lose one modality, drawn at random (default 0.3,0.6)
  --seeds 1,2,3      seeds of the training and of what is lost (default 1,2,3)
  --cold             a fifth of the items without training interactions, ranked among themselves
  --set key=value    lay an option over the benchmark's (repeatable)
  --threads n        threads of a training (default 2)`;

const list = (item: z.ZodNumber) =>
  z
    .string()
    .transform((text) => text.split(",").map(Number))
    .pipe(z.array(item).min(1));

const argumentsSchema = z.object({
  dataset: z.string(),
  shares: list(z.number().gt(0).max(1)).default([0.3, 0.6]),
  seeds: list(z.int().min(0)).default([1, 2, 3]),
  cold: z.boolean().default(false),
  set: z.array(z.string()).default([]),
  threads: z.coerce.number().int().min(1).default(2),
});
type Arguments = z.infer<typeof argumentsSchema>;

/** The common benchmark's training, with a larger rate and less patience so that a run takes half a minute. */
const benchmarkOptions = {
  sampler: "by-interaction",
  batchSize: 2048,
  learningRate: 5e-3,
  regularisation: 1e-4,
  validateEvery: 5,
  patience: 4,
  epochs: 1000,
} as const;

/** Validated every epoch by cold items among themselves; cold items are nobody's negatives. */
const coldOptions = {
  learningRate: 1e-4,
  negatives: "seen",
  validateEvery: 1,
  validateCandidates: "cold",
} as const;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      shares: text,
      seeds: text,
      cold: { type: "boolean" },
      set: { type: "string", multiple: true },
      threads: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

interface Figures {
  readonly recall: number;
  readonly ndcg: number;
}

async function figuresOf(dataset: Dataset, seed: number, { set, threads, cold }: Arguments): Promise<Figures> {
  const options = parseTrainingOptions({ ...(cold ? coldOptions : benchmarkOptions), ...parseSettings(set) });
  const engine = await openEngine({ threads });
  try {
    const model = await createModel(engine, dataset, { model: "lattice", backbone: "lightgcn", options, seed });
    const { bestEpoch, seconds } = await train({ engine, model, dataset, options, seed });
    const embeddings = model.finalEmbeddings();
    const { interactions } = dataset;
    const candidates = cold ? coldItems(interactions.train) : undefined;
    const table = evaluate({ engine, embeddings, interactions, split: "test", cutoffs: [20], candidates });
    console.error(`  recall@20 ${table["recall@20"].toFixed(4)}, epoch ${bestEpoch}, ${seconds.total.toFixed(0)} s`);
    return { recall: table["recall@20"], ndcg: table["ndcg@20"] };
  } finally {
    engine.close();
  }
}

/** Mean ± sample standard deviation. */
function meanOf(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return mean.toFixed(4);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return `${mean.toFixed(4)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(4)}`;
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const shuffled = inRandomOrder(await readDataset(given.dataset), 1);
  const dataset = given.cold ? withColdItems(shuffled, 1) : shuffled;
  const rows: string[][] = [];
  const measure = async (lost: string, remedy: string, variant: (seed: number) => Dataset): Promise<void> => {
    const figures: Figures[] = [];
    for (const seed of given.seeds) {
      console.error(`${lost}, ${remedy}, seed ${seed}`);
      figures.push(await figuresOf(variant(seed), seed, given));
    }
    rows.push([lost, remedy, meanOf(figures.map(({ recall }) => recall)), meanOf(figures.map(({ ndcg }) => ndcg))]);
  };
  await measure("nothing", "–", () => dataset);
  for (const share of given.shares) {
    for (const remedy of remedies) {
      await measure(`a modality of ${Math.round(100 * share)}%`, remedy, (seed) =>
        incompleteDataset(dataset, dropModalities(dataset, share, seed), remedy),
      );
    }
  }
  console.log(markdownTable(["lost", "in its place", "R@20", "NDCG@20"], rows));
}

await main();
