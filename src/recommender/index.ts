/** The room's door: what a product calls. */
export { type OutputFormat, recommendationText, writeRecommendations } from "./batch-output.ts";
export type {
  ExplainedNeighbour,
  ExplainOptions,
  Explanation,
  Likeness,
  NamedItem,
  Reason,
  ScoreParts,
} from "./explanation/explanation.ts";
export type { HistoryItem } from "./history.ts";
export type { KnownItem, KnownItems } from "./known-items.ts";
export type { KnownUser, KnownUsers } from "./known-users.ts";
export type { LivingItems } from "./living-items.ts";
export type { NewItem } from "./new-items.ts";
export { type OpenRecommenderOptions, openRecommender, type Recommender } from "./recommender.ts";
export type {
  ListRules,
  Recommendations,
  RecommendedItem,
  RecommendedList,
  RecommendForOptions,
  RecommendOptions,
  SimilarOptions,
} from "./requests.ts";
export type { ItemIndexOptions } from "./retrieval/item-index.ts";
export { buildRunIndex, keptWithRun, type RunIndexOptions } from "./retrieval/run-index.ts";
export type { Boosts } from "./rules/adjustment.ts";
export type { CategoryMap, CategorySource, ItemCategories } from "./rules/categories.ts";
