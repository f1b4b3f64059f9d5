/** The rules of a list, checked once and ready for any number of users: candidates, what is added to scores, how deep to rank, and the final choice. */
import { ConfigError } from "../../errors.ts";
import type { StoredItemGraph } from "../../runs/weights.ts";
import type { CandidateChooser, Candidates } from "../candidates.ts";
import type { Catalogue } from "../catalogue.ts";
import type { Popularity } from "../popularity.ts";
import type { RankedItem } from "../ranking.ts";
import type { ListRules } from "../requests.ts";
import { adjustmentOf } from "./adjustment.ts";
import type { CategoryIndex } from "./categories.ts";
import { checkDiversity, diversified, itemSimilarity, poolSize } from "./diversity.ts";

export interface PreparedRules {
  readonly candidates: Candidates;
  /** By item. */
  readonly adjustment?: Float64Array | undefined;
  /** Items to rank for `choose`. */
  readonly depth: number;
  choose(ranked: readonly RankedItem[]): readonly RankedItem[];
}

interface RulesParts {
  readonly catalogue: Catalogue;
  readonly popularity: Popularity;
  /** S, where the run scores by its item graph. */
  readonly scores: StoredItemGraph | undefined;
  /** @throws ConfigError where the recommender was opened without any */
  readonly categories: () => CategoryIndex;
  readonly chooseCandidates: CandidateChooser;
}

export function checkCount(count: number): number {
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new ConfigError(`count: found ${count}, expected an integer of at least 1`);
}

/** @param hidden items that are left out beside those denied @throws ConfigError naming the option that cannot be */
export function prepareRules(options: ListRules, parts: RulesParts, hidden: readonly number[] = []): PreparedRules {
  const { catalogue, popularity, scores, categories, chooseCandidates } = parts;
  const count = checkCount(options.count ?? 20);
  const diversity = checkDiversity(options.diversity);
  const inCategories = (names: readonly string[]): readonly number[] =>
    names.flatMap((name) => categories().items(name));
  let allow = options.allow?.map(catalogue.indexOf);
  if (options.categories !== undefined) {
    const wanted = new Set(inCategories(options.categories));
    allow = allow === undefined ? [...wanted] : allow.filter((item) => wanted.has(item));
  }
  const deny = [
    ...(options.deny ?? []).map(catalogue.indexOf),
    ...inCategories(options.withoutCategories ?? []),
    ...hidden,
  ];
  const similarity = itemSimilarity(catalogue, scores);
  return {
    candidates: chooseCandidates(catalogue.size, allow, deny),
    adjustment: adjustmentOf(options, {
      size: catalogue.size,
      counts: popularity.counts,
      indexOf: catalogue.indexOf,
      categories,
    }),
    depth: poolSize(count, diversity),
    choose: (ranked) => diversified(ranked, count, diversity, similarity),
  };
}
