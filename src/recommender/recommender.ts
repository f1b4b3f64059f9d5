/**
 * What a product calls: the best items for users, known or given by their history, and items like an item, by outside ids, from a
 * run folder. All items are ranked exactly; items the user trained with and dislikes are left out; who has no history gets the most
 * popular items. Items that came after the training are added by their features.
 */
import type { Dataset, Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError } from "../errors.ts";
import { openRun, type Run } from "../runs/open-run.ts";
import { chooseCandidates, maskOf } from "./candidates.ts";
import { createCatalogue } from "./catalogue.ts";
import { createExplainer } from "./explanation/explainer.ts";
import type { ExplainOptions, Explanation } from "./explanation/explanation.ts";
import { createFoldIn } from "./fold-in.ts";
import { checkHistory, type HistoryItem } from "./history.ts";
import { itemLayersOnce } from "./item-layers.ts";
import { knownIds } from "./known-ids.ts";
import { checkNewItems, type NewItem, openPlacement } from "./new-items.ts";
import type { Placement } from "./placed-item.ts";
import { popularityOf } from "./popularity.ts";
import { createRanker } from "./ranker.ts";
import { rankByPopularity } from "./ranking.ts";
import { type ScoredItem, similarItems, similarityNames } from "./similar-items.ts";

export interface RecommendedItem {
  readonly id: string;
  /** Where the dataset has titles. */
  readonly title?: string | undefined;
  /** Dot product of final embeddings (or the sum of item scores where the model has none), or training interactions where the source is popularity; for similar items the cosine or graph weight. */
  readonly score: number;
}

export interface RecommendedList {
  /** `popularity` for a user without training items or history. */
  readonly source: "model" | "popularity";
  /** Best first; fewer than asked for where the candidates run out. */
  readonly items: readonly RecommendedItem[];
}

export interface Recommendations extends RecommendedList {
  readonly user: string;
}

export interface RecommendOptions {
  /** Items a user; default 20. */
  readonly count?: number | undefined;
  /** Which of a user's own items to leave out: those trained with (the default), held-out ones too, or nothing. Dislikes are left out always. */
  readonly exclude?: "training" | "all" | "nothing" | undefined;
  /** Only these items, by id. */
  readonly allow?: readonly string[] | undefined;
  /** None of these items, by id. */
  readonly deny?: readonly string[] | undefined;
}

export interface RecommendForOptions extends Pick<RecommendOptions, "count" | "allow" | "deny"> {
  /** What somebody took, in any order: known items and added ones. */
  readonly history: readonly HistoryItem[];
  /** Leave out the items of the history (the default), or nothing. */
  readonly exclude?: "history" | "nothing" | undefined;
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
  /**
   * The best items for somebody the run was not trained with, by what they took so far; without any history the most popular ones. The rule
   * stands in `fold-in.ts`; the same history gives the same list. The first call of a LightGCN run takes as long as an evaluation of its graph.
   * @throws ConfigError for an unknown item id, a weight that is not above 0, or a count below 1
   */
  recommendFor(request: RecommendForOptions): RecommendedList;
  /** Items like this one, itself left out. @throws ConfigError for an unknown id or a sense this run does not have */
  similar(itemId: string, options?: SimilarOptions): RecommendedItem[];
  /**
   * Why this user is recommended this item: the score in parts that add up to it. The rule stands in `explanation/score-parts.ts`. The first call
   * of a LightGCN or NGCF run takes as long as an evaluation of its graph.
   * @throws ConfigError for an unknown id, a user without training items, a count below 1, or a model that cannot be explained; RunError for a
   * LATTICE run written before runs kept what explanations need
   */
  explain(userId: string, itemId: string, options?: ExplainOptions): Explanation;
  /** As `explain`, for somebody with a history, as `recommendFor` scores them. @throws as `explain`, or ConfigError for an empty history */
  explainFor(history: readonly HistoryItem[], itemId: string, options?: ExplainOptions): Explanation;
  /**
   * Adds items that the run was not trained with, all or none, in memory: they can be recommended at once and are gone when the recommender
   * is closed. The rule stands in `lattice-placement.ts`. The first call reads the features of the dataset.
   * @throws ConfigError for an id that is known, a modality the run does not have, features of another length, values that are not finite, or
   * a model that cannot place items by their features; DatasetError when the dataset cannot be found or is another one
   */
  addItems(items: readonly NewItem[]): Promise<void>;
  /** Takes added items out again; not while `recommendAll` goes on. @throws ConfigError for an item that was not added */
  removeItems(itemIds: readonly string[]): void;
  /** Gives memory and threads back; the recommender must not be used afterwards. */
  close(): void;
}

export interface OpenRecommenderOptions {
  /** Threads that rank; default 1, which is best for single users. */
  readonly threads?: number | undefined;
  /** The dataset the run was trained on, or its folder, for adding items; default: the folder it was read from then. */
  readonly dataset?: Dataset | string | undefined;
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
  const catalogue = createCatalogue(engine, ids, weights.items);
  const popularity = popularityOf(interactions.train);
  const layers = itemLayersOnce({ engine, run, weights });
  const foldIn = createFoldIn({ run, catalogue, layers });
  const ranker = createRanker({ engine, weights, catalogue, foldIn });
  const explainer = createExplainer({ engine, run, weights, catalogue, foldIn, layers });
  let placement: Placement | undefined;
  let opening: Promise<Placement> | undefined;

  /** Opened once, also by calls at the same time; after a failure the next call tries again. */
  const placing = async (): Promise<Placement> => {
    opening ??= openPlacement(engine, run, options.dataset);
    try {
      placement = await opening;
      return placement;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };

  const named = ({ item, score }: ScoredItem): RecommendedItem => {
    const title = catalogue.titleOf(item);
    return { id: catalogue.idOf(item), ...(title === undefined ? {} : { title }), score };
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

  const choose = ({ count = 20, allow, deny }: Pick<RecommendOptions, "count" | "allow" | "deny">) => ({
    count: checkCount(count),
    candidates: chooseCandidates(catalogue.size, allow?.map(catalogue.indexOf), (deny ?? []).map(catalogue.indexOf)),
  });

  const prepare = (recommendOptions: RecommendOptions) => ({
    ...choose(recommendOptions),
    excluded: [...excludedBy(recommendOptions.exclude), ...(weights.dislikes === undefined ? [] : [weights.dislikes])],
  });

  const recommendIndices = (block: Int32Array, { count, excluded, candidates }: ReturnType<typeof prepare>) => {
    const mask = maskOf(excluded, block, candidates);
    const { rowPointers } = interactions.train;
    const lists = ranker.ofUsers(block, { candidates, mask, count });
    return Array.from(block, (user, row): Recommendations => {
      const known = rowPointers[user + 1] > rowPointers[user];
      const list = known ? lists[row] : rankByPopularity(popularity, row, candidates, mask, count);
      return { user: ids.users[user], source: known ? "model" : "popularity", items: list.map(named) };
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
    recommendFor: ({ history, exclude = "history", ...rest }) => {
      const { count, candidates } = choose(rest);
      const entries = checkHistory(history, catalogue.indexOf);
      const own = exclude === "history" ? entries.map(({ item }) => candidates.places[item]) : [];
      const columnIndices = Int32Array.from(own.filter((place) => place >= 0)).sort();
      const rowPointers = Int32Array.of(0, columnIndices.length);
      const mask = { rows: 1, columns: candidates.items.length, rowPointers, columnIndices };
      const list = ranker.ofHistory(entries, { candidates, mask, count });
      return {
        source: list === undefined ? "popularity" : "model",
        items: (list ?? rankByPopularity(popularity, 0, candidates, mask, count)).map(named),
      };
    },
    similar: (itemId, { by = "embedding", count = 10 } = {}) =>
      similarItems(weights, catalogue, catalogue.indexOf(itemId), by, checkCount(count)).map(named),
    explain: (userId, itemId, explainOptions = {}) =>
      explainer.ofUser(users.indexOf(userId), catalogue.indexOf(itemId), explainOptions),
    explainFor: (history, itemId, explainOptions = {}) =>
      explainer.ofHistory(checkHistory(history, catalogue.indexOf), catalogue.indexOf(itemId), explainOptions),
    addItems: async (items) => {
      const { modalities, place } = await placing();
      const placed = place(checkNewItems(items, catalogue, modalities));
      const added = items.map(({ id, title }, n) => ({ id, title, placed: placed[n] }));
      catalogue.replaceAdded([...catalogue.added, ...added]);
    },
    removeItems: (itemIds) => {
      const gone = new Set(itemIds.map(catalogue.indexOf));
      const trained = itemIds.find((id) => catalogue.indexOf(id) < catalogue.trained);
      if (trained !== undefined) {
        throw new ConfigError(
          `item ${JSON.stringify(trained)} was trained with and cannot be removed; leave it out of lists with the option deny`,
        );
      }
      catalogue.replaceAdded(catalogue.added.filter((_, n) => !gone.has(catalogue.trained + n)));
    },
    close: () => {
      placement?.dispose();
      catalogue.dispose();
      if (options.engine === undefined) engine.close();
    },
  };
}
