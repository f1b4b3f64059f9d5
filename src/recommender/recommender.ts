/**
 * What a product calls: the best items for users, and items like an item, by outside ids, from a run folder alone. All items
 * are ranked exactly; items the user trained with are left out; who has no history gets the most popular items.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError } from "../errors.ts";
import { rankInBlocks } from "../evaluation/rank.ts";
import { openRun, type Run } from "../runs/open-run.ts";
import { type Candidates, chooseCandidates, maskOf } from "./candidates.ts";
import { knownIds } from "./known-ids.ts";
import { popularityOf } from "./popularity.ts";
import { similarItems, similarityNames } from "./similar-items.ts";

export interface RecommendedItem {
  readonly id: string;
  /** Where the dataset has titles. */
  readonly title?: string | undefined;
  /** Dot product of final embeddings, or training interactions where the source is popularity; for similar items the cosine or graph weight. */
  readonly score: number;
}

export interface Recommendations {
  readonly user: string;
  /** `popularity` for a user without training items. */
  readonly source: "model" | "popularity";
  /** Best first; fewer than asked for where the candidates run out. */
  readonly items: readonly RecommendedItem[];
}

export interface RecommendOptions {
  /** Items a user; default 20. */
  readonly count?: number | undefined;
  /** Which of a user's own items to leave out: those trained with (the default), held-out ones too, or nothing. */
  readonly exclude?: "training" | "all" | "nothing" | undefined;
  /** Only these items, by id. */
  readonly allow?: readonly string[] | undefined;
  /** None of these items, by id. */
  readonly deny?: readonly string[] | undefined;
}

export interface SimilarOptions {
  /** `embedding` (default), `graph`, or a modality's name. */
  readonly by?: string | undefined;
  /** Default 10. */
  readonly count?: number | undefined;
}

export interface Recommender {
  readonly run: Run;
  /** What `similar` can go by in this run. */
  readonly similarities: readonly string[];
  /**
   * The best items for each of these users.
   * @throws ConfigError for an unknown user or item id, naming the closest known ones, or a count below 1
   */
  recommend(userIds: readonly string[], options?: RecommendOptions): Recommendations[];
  /** The best items for every user, in blocks, in the order of the run's ids. @throws ConfigError as `recommend` */
  recommendAll(options?: RecommendOptions): Generator<Recommendations[], void, undefined>;
  /** Items like this one, itself left out. @throws ConfigError for an unknown id or a sense this run does not have */
  similar(itemId: string, options?: SimilarOptions): RecommendedItem[];
  /** Gives memory and threads back; the recommender must not be used afterwards. */
  close(): void;
}

export interface OpenRecommenderOptions {
  /** Threads that rank; default 1, which is best for single users. */
  readonly threads?: number | undefined;
  /** To compute on, kept open by `close`; default: one is opened. */
  readonly engine?: Engine | undefined;
}

const usersPerBlock = 1024;

function checkCount(count: number): number {
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new ConfigError(`count: found ${count}, expected an integer of at least 1`);
}

/** @throws RunError when the run is missing, unfinished, damaged or of a newer format */
export async function openRecommender(folder: string, options: OpenRecommenderOptions = {}): Promise<Recommender> {
  const run = openRun(folder);
  const weights = run.weights();
  const { ids } = run;
  const { interactions } = weights;
  const engine = options.engine ?? (await openEngine({ threads: options.threads ?? 1 }));
  const users = knownIds("user", ids.users);
  const items = knownIds("item", ids.items);
  const popularity = popularityOf(interactions.train);
  const { columns } = weights.items;
  const allItems = engine.floats(weights.items.data.length);
  allItems.set(weights.items.data);

  const named = (item: number, score: number): RecommendedItem => {
    const title = ids.titles?.[item];
    return { id: ids.items[item], ...(title === undefined ? {} : { title }), score };
  };

  const excludedBy = (exclude: RecommendOptions["exclude"]): readonly Interactions[] => {
    switch (exclude) {
      case "nothing":
        return [];
      case "all":
        return [interactions.train, interactions.validation, interactions.test];
      case "training":
      case undefined:
        return [interactions.train];
    }
  };

  /** Ranks the candidates for users by their embeddings. */
  const byModel = (
    block: Int32Array,
    candidates: Candidates,
    mask: Interactions,
    count: number,
  ): RecommendedItem[][] => {
    const everything = candidates.items.length === weights.items.rows;
    const rows = candidates.items.length;
    const userData = engine.floats(block.length * columns);
    const itemData = everything ? allItems : engine.floats(rows * columns);
    try {
      block.forEach((user, row) => {
        userData.set(weights.users.data.subarray(user * columns, (user + 1) * columns), row * columns);
      });
      if (!everything) {
        candidates.items.forEach((item, row) => {
          itemData.set(weights.items.data.subarray(item * columns, (item + 1) * columns), row * columns);
        });
      }
      const embeddings = {
        users: { rows: block.length, columns, data: userData },
        items: { rows, columns, data: itemData },
      };
      const order = Int32Array.from(block.keys());
      const lists: RecommendedItem[][] = [];
      const depth = Math.min(count, rows);
      for (const ranked of rankInBlocks({ engine, embeddings, users: order, mask, depth })) {
        for (let row = 0; row < ranked.count; row++) {
          const list: RecommendedItem[] = [];
          for (let p = row * depth; p < (row + 1) * depth && ranked.items[p] >= 0; p++) {
            list.push(named(candidates.items[ranked.items[p]], ranked.scores[p]));
          }
          lists.push(list);
        }
      }
      return lists;
    } finally {
      engine.release(userData);
      if (!everything) engine.release(itemData);
    }
  };

  const byPopularity = (row: number, candidates: Candidates, mask: Interactions, count: number): RecommendedItem[] => {
    const hidden = new Set(mask.columnIndices.subarray(mask.rowPointers[row], mask.rowPointers[row + 1]));
    const list: RecommendedItem[] = [];
    for (const item of popularity.order) {
      if (list.length === count) break;
      const place = candidates.places[item];
      if (place >= 0 && !hidden.has(place)) list.push(named(item, popularity.counts[item]));
    }
    return list;
  };

  const prepare = ({ count = 20, exclude, allow, deny }: RecommendOptions) => ({
    count: checkCount(count),
    excluded: excludedBy(exclude),
    candidates: chooseCandidates(ids.items.length, allow?.map(items.indexOf), (deny ?? []).map(items.indexOf)),
  });

  const recommendIndices = (block: Int32Array, { count, excluded, candidates }: ReturnType<typeof prepare>) => {
    const mask = maskOf(excluded, block, candidates);
    const { rowPointers } = interactions.train;
    const modelled = candidates.items.length === 0 ? block.map(() => -1) : block;
    const lists = candidates.items.length === 0 ? [] : byModel(modelled, candidates, mask, count);
    return Array.from(block, (user, row): Recommendations => {
      const known = rowPointers[user + 1] > rowPointers[user];
      return {
        user: ids.users[user],
        source: known ? "model" : "popularity",
        items: known ? (lists[row] ?? []) : byPopularity(row, candidates, mask, count),
      };
    });
  };

  return {
    run,
    similarities: similarityNames(weights),
    recommend: (userIds, recommendOptions = {}) =>
      recommendIndices(Int32Array.from(userIds, users.indexOf), prepare(recommendOptions)),
    *recommendAll(recommendOptions = {}) {
      const prepared = prepare(recommendOptions);
      for (let from = 0; from < ids.users.length; from += usersPerBlock) {
        const length = Math.min(usersPerBlock, ids.users.length - from);
        yield recommendIndices(
          Int32Array.from({ length }, (_, row) => from + row),
          prepared,
        );
      }
    },
    similar: (itemId, { by = "embedding", count = 10 } = {}) =>
      similarItems(weights, items.indexOf(itemId), by, checkCount(count)).map(({ item, score }) => named(item, score)),
    close: () => {
      engine.release(allItems);
      if (options.engine === undefined) engine.close();
    },
  };
}
