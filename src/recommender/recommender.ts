/**
 * What a product calls: the best items for users, known or given by their history, and items like an item, by outside ids, from a
 * run folder. All items are ranked exactly; items the user trained with and dislikes are left out; who has no history gets the most
 * popular items. Items that came after the training are added by their features.
 */
import type { Dataset, Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { openRun, type Run } from "../runs/open-run.ts";
import { itemScoresOf } from "../runs/weights.ts";
import { maskOf, maskOfItems } from "./candidates.ts";
import { createCatalogue } from "./catalogue.ts";
import { createExplainer } from "./explanation/explainer.ts";
import type { ExplainOptions, Explanation } from "./explanation/explanation.ts";
import { createFoldIn } from "./fold-in.ts";
import { checkHistory, type HistoryItem } from "./history.ts";
import { itemLayersOnce } from "./item-layers.ts";
import { knownIds } from "./known-ids.ts";
import { type KnownItems, knownItems } from "./known-items.ts";
import { type KnownUsers, knownUsers } from "./known-users.ts";
import { createLivingItems, type LivingItems } from "./living-items.ts";
import { livingPopularity, popularityOf } from "./popularity.ts";
import { createRanker } from "./ranker.ts";
import { type RankedItem, rankByPopularity } from "./ranking.ts";
import type {
  ListRules,
  Recommendations,
  RecommendedItem,
  RecommendedList,
  RecommendForOptions,
  RecommendOptions,
  SimilarOptions,
} from "./requests.ts";
import { type ItemIndexOptions, openItemIndex } from "./retrieval/item-index.ts";
import { checkBecauseWeight } from "./rules/because.ts";
import { type CategorySource, openCategories, openedCategories } from "./rules/categories.ts";
import { checkCount, type PreparedRules, prepareRules } from "./rules/list-rules.ts";
import { createSimilarItems, similarityNames } from "./similar-items.ts";

export interface Recommender extends KnownItems, KnownUsers, LivingItems {
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
  /** Gives memory and threads back; the recommender must not be used afterwards. */
  close(): void;
}

export interface OpenRecommenderOptions {
  /** Threads that rank; default 1, which is best for single users. */
  readonly threads?: number | undefined;
  /** The dataset the run was trained on, or its folder, for adding items; default: the folder it was read from then. */
  readonly dataset?: Dataset | string | undefined;
  /**
   * Categories of items for filters and boosts: by item id, something that is asked for them (and says when they change), or the name of a column of the dataset's items, or true for one called category or
   * categories. In a text, ` | ` stands between categories and ` > ` between the levels of one; each level counts.
   */
  readonly categories?: CategorySource | undefined;
  /**
   * For catalogues too large to score whole: lists come from an approximate index (`retrieval/item-index.ts`; needs the package usearch), true for its
   * defaults. Filters stay exact; lists with boosts or a correction for popularity, and similar items, are scored whole all the same.
   */
  readonly index?: ItemIndexOptions | true | undefined;
  /** To compute on, kept open by `close`; default: one is opened. */
  readonly engine?: Engine | undefined;
}

const usersPerBlock = 1024;

/** @throws RunError when the run is missing, unfinished, damaged or of a newer format */
export async function openRecommender(folder: string, options: OpenRecommenderOptions = {}): Promise<Recommender> {
  const run = openRun(folder);
  const weights = run.weights();
  const { ids } = run;
  const { interactions } = weights;
  const engine = options.engine ?? (await openEngine({ threads: options.threads ?? 1 }));
  const users = knownIds("user", ids.users);
  const catalogue = createCatalogue(engine, ids, weights.items);
  const popularity = livingPopularity(popularityOf(interactions.train), catalogue);
  const scores = itemScoresOf(weights);
  const categories = openedCategories(
    catalogue,
    options.categories === undefined ? undefined : await openCategories(run, options.categories, options.dataset),
  );
  const layers = itemLayersOnce({ engine, run, weights });
  const foldIn = createFoldIn({ run, catalogue, layers });
  const index =
    options.index === undefined
      ? undefined
      : await openItemIndex(weights.items, options.index === true ? {} : options.index);
  const ranker = createRanker({ engine, weights, catalogue, foldIn, index });
  const explainer = createExplainer({ engine, run, weights, catalogue, foldIn, layers });
  const similar = createSimilarItems({ engine, weights, catalogue });
  const living = createLivingItems({ engine, run, catalogue, dataset: options.dataset });
  const named = ({ item, score, adjusted }: RankedItem): RecommendedItem => {
    const title = catalogue.titleOf(item);
    const optional = { ...(title === undefined ? {} : { title }), ...(adjusted === undefined ? {} : { adjusted }) };
    return { id: catalogue.idOf(item), score, ...optional };
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

  const rulesOf = (rules: ListRules, hidden: readonly number[] = []): PreparedRules =>
    prepareRules(rules, { catalogue, popularity, scores, categories }, hidden);

  const prepare = (recommendOptions: RecommendOptions) => {
    const { exclude, because = [], becauseWeight } = recommendOptions;
    const entries = checkHistory(because, catalogue.takenIndexOf);
    const weight = checkBecauseWeight(becauseWeight);
    return {
      rules: rulesOf(recommendOptions, exclude === "nothing" ? [] : entries.map(({ item }) => item)),
      excluded: [...excludedBy(exclude), ...(weights.dislikes === undefined ? [] : [weights.dislikes])],
      because: entries.length === 0 ? undefined : { entries, weight },
    };
  };

  const recommendIndices = (block: Int32Array, { rules, excluded, because }: ReturnType<typeof prepare>) => {
    const { candidates, adjustment, depth, choose } = rules;
    const mask = maskOf(excluded, block, candidates, catalogue.currentOf);
    const { rowPointers } = interactions.train;
    const lists = ranker.ofUsers(block, { candidates, mask, count: depth, adjustment }, because);
    return Array.from(block, (user, row): Recommendations => {
      const known = rowPointers[user + 1] > rowPointers[user];
      const own = { ...mask, rows: 1, rowPointers: mask.rowPointers.subarray(row, row + 2) };
      const list = known
        ? lists[row]
        : because && ranker.ofHistory(because.entries, { candidates, mask: own, count: depth, adjustment });
      const ranked = list ?? rankByPopularity(popularity(), row, candidates, mask, depth, adjustment);
      return {
        user: ids.users[user],
        source: list === undefined ? "popularity" : "model",
        items: choose(ranked).map(named),
      };
    });
  };

  return {
    ...knownItems(catalogue, popularity),
    ...knownUsers(users, weights, catalogue.idOf),
    ...living.items,
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
    recommendFor: ({ history, exclude = "history", because = [], becauseWeight, ...rest }) => {
      const reasons = checkHistory(because, catalogue.takenIndexOf);
      const hidden = exclude === "history" ? reasons.map(({ item }) => item) : [];
      const { candidates, adjustment, depth, choose } = rulesOf(rest, hidden);
      const entries = checkHistory(history, catalogue.takenIndexOf);
      const beside = { entries: reasons, weight: checkBecauseWeight(becauseWeight) };
      const mask = maskOfItems(exclude === "history" ? entries.map(({ item }) => item) : [], candidates);
      const request = { candidates, mask, count: depth, adjustment };
      const list = ranker.ofHistory(entries, request, reasons.length === 0 ? undefined : beside);
      const ranked = list ?? rankByPopularity(popularity(), 0, candidates, mask, depth, adjustment);
      return { source: list === undefined ? "popularity" : "model", items: choose(ranked).map(named) };
    },
    similar: (itemId, { by = "embedding", count = 10 } = {}) =>
      similar.of(catalogue.indexOf(itemId), by, checkCount(count)).map(named),
    explain: (userId, itemId, explainOptions = {}) =>
      explainer.ofUser(users.indexOf(userId), catalogue.indexOf(itemId), explainOptions),
    explainFor: (history, itemId, explainOptions = {}) =>
      explainer.ofHistory(checkHistory(history, catalogue.takenIndexOf), catalogue.indexOf(itemId), explainOptions),
    close: () => {
      living.dispose();
      similar.dispose();
      catalogue.dispose();
      if (options.engine === undefined) engine.close();
    },
  };
}
