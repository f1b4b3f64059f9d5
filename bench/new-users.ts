/**
 * New users on a real dataset: a tenth of the users take no part in training; afterwards each gets recommendations from the training items
 * as a history, and is evaluated as any user is. Beside them the users who did take part, and popularity for the new ones.
 *
 *     npm run bench:new-users -- --dataset FOLDER --out RUNS
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Dataset, Interactions, Split } from "../src/data/dataset.ts";
import { createDataset, readDataset, writeDataset } from "../src/data/index.ts";
import { openEngine } from "../src/engine/open.ts";
import { evaluate } from "../src/evaluation/evaluate.ts";
import { createCatalogue } from "../src/recommender/catalogue.ts";
import { createFoldIn } from "../src/recommender/fold-in.ts";
import { itemLayersOnce } from "../src/recommender/item-layers.ts";
import { folderState } from "../src/runs/folder-state.ts";
import { openRun } from "../src/runs/open-run.ts";
import { createRandom } from "../src/tensor/random.ts";
import { parseSettings, parseTrainingOptions } from "../src/training/parse-options.ts";
import { startRun } from "./accuracy/start-run.ts";
import { row, rule } from "./accuracy/table.ts";

const models = ["popularity", "content-knn", "mf", "lightgcn", "lattice"] as const;
const splits: readonly Split[] = ["train", "validation", "test"];

const usage = `Usage: npm run bench:new-users -- --dataset FOLDER --out RUNS [options]
  --seed 1         seed of the choice of users and of the trainings
  --set key=value  an option of the trainings (repeatable)
  --threads n      threads of a training (default 1)`;

/** By user: whether training goes without. */
function chooseNewUsers({ users }: Dataset, seed: number): Uint8Array {
  const random = createRandom(seed, "new-users");
  return Uint8Array.from({ length: users }, () => (random.below(10) === 0 ? 1 : 0));
}

/** The rows of some users, the others' empty. */
function rowsOf(interactions: Interactions, isKept: (user: number) => boolean): Interactions {
  const { rows, columns, rowPointers, columnIndices } = interactions;
  const pointers = new Int32Array(rows + 1);
  const kept: number[] = [];
  for (let user = 0; user < rows; user++) {
    if (isKept(user)) kept.push(...columnIndices.subarray(rowPointers[user], rowPointers[user + 1]));
    pointers[user + 1] = kept.length;
  }
  return { rows, columns, rowPointers: pointers, columnIndices: Int32Array.from(kept) };
}

/** Interactions of the other users alone, as a folder. */
function writeOthers(dataset: Dataset, isNew: Uint8Array, folder: string): void {
  if (existsSync(join(folder, `${dataset.name}.inter`))) return;
  const { name, users, items, modalities } = dataset;
  const pairs = (split: Split): [number, number][] => {
    const { rowPointers, columnIndices } = rowsOf(dataset.interactions[split], (user) => isNew[user] === 0);
    return Array.from({ length: users }, (_, user) =>
      Array.from(columnIndices.subarray(rowPointers[user], rowPointers[user + 1]), (item): [number, number] => [
        user,
        item,
      ]),
    ).flat();
  };
  const interactions = Object.fromEntries(splits.map((split) => [split, pairs(split)]));
  writeDataset(folder, createDataset({ name, users, items, interactions, modalities }));
}

/** Test figures of the new users by their history, and microseconds a user. */
async function figuresOf(run: string, dataset: Dataset, isNew: Uint8Array) {
  const engine = await openEngine({ threads: 1 });
  const opened = openRun(run);
  const weights = opened.weights();
  const catalogue = createCatalogue(engine, opened.ids, weights.items);
  const layers = itemLayersOnce({ engine, run: opened, weights });
  const foldIn = createFoldIn({ run: opened, catalogue, layers });
  const { rowPointers, columnIndices } = dataset.interactions.train;
  const { columns } = weights.items;
  const users = { rows: dataset.users, columns, data: engine.floats(dataset.users * columns) };
  foldIn.vector([{ item: 0, weight: 1 }]);
  let folded = 0;
  const started = performance.now();
  isNew.forEach((is, user) => {
    const history = Array.from(columnIndices.subarray(rowPointers[user], rowPointers[user + 1]), (item) => ({
      item,
      weight: 1,
    }));
    if (is === 0 || history.length === 0) return;
    users.data.set(foldIn.vector(history), user * columns);
    folded++;
  });
  const microseconds = ((performance.now() - started) * 1000) / folded;
  const test = rowsOf(
    dataset.interactions.test,
    (user) => isNew[user] === 1 && rowPointers[user + 1] > rowPointers[user],
  );
  const figures = evaluate({
    engine,
    embeddings: { users, items: catalogue.embeddings },
    interactions: { ...dataset.interactions, test },
    split: "test",
    cutoffs: [20],
  });
  engine.close();
  return { figures, microseconds, trained: opened.metrics.test };
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { dataset: text, out: text, seed: text, threads: text, set: { type: "string", multiple: true } },
  });
  if (values.dataset === undefined || values.out === undefined) {
    console.error(usage);
    process.exitCode = 2;
    return;
  }
  const out = resolve(values.out);
  const seed = Number(values.seed ?? 1);
  const dataset = await readDataset(values.dataset);
  const isNew = chooseNewUsers(dataset, seed);
  writeOthers(dataset, isNew, join(out, "data"));
  mkdirSync(out, { recursive: true });
  const head = ["model", "new users: R@20", "NDCG@20", "users of the training: R@20", "NDCG@20", "µs a history"];
  const lines = [row(head), rule(head.length)];
  for (const model of models) {
    const run = join(out, model);
    const options = parseTrainingOptions(parseSettings(values.set ?? []));
    const task = { dataset: join(out, "data"), out: run, model, options, seed, threads: Number(values.threads ?? 1) };
    if (folderState(run) !== "finished" && (await startRun(model, task, new Set())) !== 0) {
      process.exitCode = 1;
      return;
    }
    const { figures, microseconds, trained } = await figuresOf(run, dataset, isNew);
    const cells = [figures, trained].flatMap((table) => [table["recall@20"].toFixed(4), table["ndcg@20"].toFixed(4)]);
    lines.push(row([model, ...cells, microseconds.toFixed(0)]));
  }
  const table = `${lines.join("\n")}\n`;
  writeFileSync(join(out, "table.md"), table);
  console.log(table);
}

await main();
