/**
 * Two runs on the same held-out interactions, each as the service would answer: who has done nothing that a run was not trained with, and rejected
 * nothing of it, gets its own list, everybody else the list of their history; items that a run does not know are placed by their features; items
 * that are gone are in neither.
 * NDCG@20 decides.
 */
import type { Dataset } from "../../data/dataset.ts";
import { shuffle } from "../../data/holdout.ts";
import { ConfigError, DatasetError } from "../../errors.ts";
import { ndcg, recall } from "../../evaluation/metrics.ts";
import { type NewItem, openRecommender, type Recommender } from "../../recommender/index.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Breather } from "../../training/breather.ts";

export interface RunFigures {
  readonly "ndcg@20": number;
  readonly "recall@20": number;
}

export interface ComparedRun {
  readonly folder: string;
  /** Of its dataset. */
  readonly dataset: string;
}

const cutoff = 20;
/** Drawn at random, the same for both runs. */
const mostUsers = 5000;
const itemsAtOnce = 500;

const rowOf = (pattern: Dataset["interactions"]["train"], user: number): Int32Array =>
  pattern.columnIndices.slice(pattern.rowPointers[user], pattern.rowPointers[user + 1]);

function usersToAsk({ users, interactions: { validation } }: Dataset): readonly number[] {
  const all = Array.from({ length: users }, (_, user) => user).filter(
    (user) => validation.rowPointers[user + 1] > validation.rowPointers[user],
  );
  if (all.length <= mostUsers) return all;
  shuffle(all, all.length, createRandom(1, "compared users"));
  return all.slice(0, mostUsers);
}

/** Items of the dataset that the run does not know, where it can place them. */
async function placeItems(recommender: Recommender, dataset: Dataset, breather: Breather): Promise<void> {
  const unknown = [...dataset.itemIds.keys()].filter((item) => !recommender.knows(dataset.itemIds[item]));
  if (unknown.length === 0) return;
  let columns: ReadonlyMap<string, number>;
  try {
    columns = await recommender.newItemModalities();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DatasetError) return;
    throw error;
  }
  const sources = dataset.modalities.flatMap(({ name, features, missing }) =>
    features !== undefined && columns.get(name) === features.columns
      ? [{ name, features, missing: new Set(missing) }]
      : [],
  );
  for (let from = 0; from < unknown.length; from += itemsAtOnce) {
    if (breather.isDue()) await breather.turn();
    const items = unknown.slice(from, from + itemsAtOnce).flatMap((item): NewItem[] => {
      const features = sources
        .filter(({ missing }) => !missing.has(item))
        .map(({ name, features: source }) => {
          const row = new Float32Array(source.columns);
          source.read(item, item + 1, row);
          return [name, row] as const;
        });
      return features.length === 0 ? [] : [{ id: dataset.itemIds[item], features: Object.fromEntries(features) }];
    });
    if (items.length > 0) await recommender.addItems(items);
  }
}

async function figuresOf(
  run: ComparedRun,
  dataset: Dataset,
  users: readonly number[],
  breather: Breather,
): Promise<RunFigures> {
  const recommender = await openRecommender(run.folder, { dataset: run.dataset });
  try {
    const indices = new Map(dataset.itemIds.map((id, index) => [id, index]));
    recommender.hideItems(recommender.run.ids.items.filter((id) => !indices.has(id)));
    await placeItems(recommender, dataset, breather);
    const { train, validation } = dataset.interactions;
    const sums = { ndcg: 0, recall: 0 };
    for (const user of users) {
      if (breather.isDue()) await breather.turn();
      const id = dataset.userIds[user];
      const history = Array.from(rowOf(train, user), (item) => dataset.itemIds[item]).filter(recommender.knows);
      const trained = new Set(recommender.user(id)?.history);
      const deny =
        dataset.dislikes === undefined
          ? []
          : Array.from(rowOf(dataset.dislikes, user), (item) => dataset.itemIds[item]).filter(recommender.knows);
      const isAsTrained =
        trained.size > 0 && history.every((item) => trained.has(item)) && !deny.some((item) => trained.has(item));
      const { items } = isAsTrained
        ? recommender.recommend([id], { count: cutoff, deny })[0]
        : recommender.recommendFor({ history, count: cutoff, deny });
      const list = items.map((item) => indices.get(item.id) ?? -1);
      const held = rowOf(validation, user);
      sums.ndcg += ndcg(list, held, cutoff);
      sums.recall += recall(list, held, cutoff);
    }
    const count = Math.max(1, users.length);
    return { "ndcg@20": sums.ndcg / count, "recall@20": sums.recall / count };
  } finally {
    recommender.close();
  }
}

/**
 * @param dataset that the candidate was trained on
 * @param breather asked at each user
 * @returns figures over the same users
 */
export async function compareRuns(
  candidate: ComparedRun,
  serving: ComparedRun,
  dataset: Dataset,
  breather: Breather,
): Promise<{ readonly candidate: RunFigures; readonly serving: RunFigures }> {
  const users = usersToAsk(dataset);
  return {
    candidate: await figuresOf(candidate, dataset, users, breather),
    serving: await figuresOf(serving, dataset, users, breather),
  };
}
