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
export type { NewItem } from "./new-items.ts";
export {
  type OpenRecommenderOptions,
  openRecommender,
  type Recommendations,
  type RecommendedItem,
  type RecommendedList,
  type Recommender,
  type RecommendForOptions,
  type RecommendOptions,
  type SimilarOptions,
} from "./recommender.ts";
