/** Test figures of a cold-start run, over all items and over cold items alone; those of a run without the cold items after adding them. */
import type { Dataset } from "../../src/data/dataset.ts";
import { readDataset } from "../../src/data/index.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openEngine } from "../../src/engine/open.ts";
import { coldItems } from "../../src/evaluation/cold-start.ts";
import { evaluate } from "../../src/evaluation/evaluate.ts";
import type { MetricTable } from "../../src/evaluation/metric-table.ts";
import { openPlacement } from "../../src/recommender/new-items.ts";
import { evaluateRun } from "../../src/runs/evaluate-run.ts";
import { openRun } from "../../src/runs/open-run.ts";
import type { ColdStartFolders } from "./datasets.ts";

export interface ColdStartFigures {
  readonly all: MetricTable;
  readonly cold: MetricTable;
}

/** Raw features of an item by modality, those it lacks left out. */
function featuresOf(dataset: Dataset, item: number): ReadonlyMap<string, Float32Array> {
  return new Map(
    dataset.modalities.flatMap(({ name, features }) => {
      const values = new Float32Array(features?.columns ?? 0);
      features?.read(item, item + 1, values);
      return values.some((value) => value !== 0) ? [[name, values] as const] : [];
    }),
  );
}

/** @param warm of the cold dataset's items, those the run was trained with, ascending */
async function figuresAfterAdding(
  engine: Engine,
  run: string,
  folders: ColdStartFolders,
  warm: Int32Array,
): Promise<ColdStartFigures> {
  const { users, items } = openRun(run).weights();
  const dataset = await readDataset(folders.cold);
  const { columns } = items;
  const matrix = (rows: number) => ({ rows, columns, data: engine.floats(rows * columns) });
  const final = { users: matrix(dataset.users), items: matrix(dataset.items) };
  final.users.data.set(users.data);
  warm.forEach((item, row) => {
    final.items.data.set(items.data.subarray(row * columns, (row + 1) * columns), item * columns);
  });
  const isWarm = new Set(warm);
  const added = Array.from({ length: dataset.items }, (_, item) => item).filter((item) => !isWarm.has(item));
  const placement = await openPlacement(engine, openRun(run), folders.warm);
  placement.place(added.map((item) => featuresOf(dataset, item))).forEach(({ embedding }, n) => {
    final.items.data.set(embedding, added[n] * columns);
  });
  placement.dispose();
  const { interactions } = dataset;
  const measured = (candidates: Int32Array | undefined): MetricTable =>
    evaluate({ engine, embeddings: final, interactions, split: "test", cutoffs: [20], candidates });
  return { all: measured(undefined), cold: measured(coldItems(interactions.train)) };
}

/** @param warm undefined for a run on the dataset with the cold items in it */
export async function coldStartFigures(
  run: string,
  folders: ColdStartFolders,
  warm: Int32Array | undefined,
): Promise<ColdStartFigures> {
  const engine = await openEngine({ threads: 1 });
  try {
    if (warm !== undefined) return await figuresAfterAdding(engine, run, folders, warm);
    const measured = (candidates: "all" | "cold"): Promise<MetricTable> =>
      evaluateRun(run, { engine, candidates, cutoffs: [20] });
    return { all: await measured("all"), cold: await measured("cold") };
  } finally {
    engine.close();
  }
}
