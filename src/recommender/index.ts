/** The room's door: what a product calls. */
export { type OutputFormat, recommendationText, writeRecommendations } from "./batch-output.ts";
export {
  type OpenRecommenderOptions,
  openRecommender,
  type Recommendations,
  type RecommendedItem,
  type Recommender,
  type RecommendOptions,
  type SimilarOptions,
} from "./recommender.ts";
