/** What a product asks a recommender for, and the lists it gets. */
import type { HistoryItem } from "./history.ts";
import type { Boosts } from "./rules/adjustment.ts";

export interface RecommendedItem {
  readonly id: string;
  /** Where the dataset has titles. */
  readonly title?: string | undefined;
  /** Dot product of final embeddings (or the sum of item scores where the model has none), or training interactions where the source is popularity; for similar items the cosine or graph weight. */
  readonly score: number;
  /** The score with boosts and the correction for popularity, where there are any: what the item was ranked by. */
  readonly adjusted?: number | undefined;
}

export interface RecommendedList {
  /** `popularity` for a user without training items or history. */
  readonly source: "model" | "popularity";
  /** Best first, or as `diversity` chose them; fewer than asked for where the candidates run out. */
  readonly items: readonly RecommendedItem[];
}

export interface Recommendations extends RecommendedList {
  readonly user: string;
}

/** Which items a list may hold, and by what they are ranked beside the model's scores. */
export interface ListRules {
  /** Items a list; default 20. */
  readonly count?: number | undefined;
  /** Only these items, by id. */
  readonly allow?: readonly string[] | undefined;
  /** None of these items, by id. */
  readonly deny?: readonly string[] | undefined;
  /** Only items of at least one of these categories (see the option `categories` of `openRecommender`). */
  readonly categories?: readonly string[] | undefined;
  /** No item of any of these categories. */
  readonly withoutCategories?: readonly string[] | undefined;
  /** Added to scores, in standard deviations of the user's scores; the rule stands in `rules/adjustment.ts`. */
  readonly boosts?: Boosts | undefined;
  /** β, from 0 (the default): takes β ln(1 + training interactions) standard deviations off an item's score. */
  readonly popularityCorrection?: number | undefined;
  /** δ, from 0 (the default, as ranked) to 1: how much unlikeness counts against score in maximal marginal relevance (`rules/diversity.ts`). */
  readonly diversity?: number | undefined;
}

export interface RecommendOptions extends ListRules {
  /** Which of a user's own items to leave out: those trained with (the default), held-out ones too, or nothing. Dislikes are left out always. */
  readonly exclude?: "training" | "all" | "nothing" | undefined;
  /** Items that count now beside who the user is: one they look at, or their session. They are left out unless `exclude` is `nothing`. */
  readonly because?: readonly HistoryItem[] | undefined;
  /** How much `because` counts beside the user, from 0 to 1; default 0.5. The rule stands in `rules/because.ts`. */
  readonly becauseWeight?: number | undefined;
}

export interface RecommendForOptions extends ListRules {
  /** What somebody took or looked at, in any order: known items and added ones. */
  readonly history: readonly HistoryItem[];
  /** Leave out the items of the history and those of `because` (the default), or nothing. */
  readonly exclude?: "history" | "nothing" | undefined;
  /** Items that count now beside the history, as for a user. */
  readonly because?: readonly HistoryItem[] | undefined;
  /** How much `because` counts beside the history, from 0 to 1; default 0.5. */
  readonly becauseWeight?: number | undefined;
}

export interface SimilarOptions {
  /** `embedding` (default), `graph`, or a modality's name. */
  readonly by?: string | undefined;
  /** Default 10. */
  readonly count?: number | undefined;
}
