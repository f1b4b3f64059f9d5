/**
 * What somebody is recommended, with every score in its parts: the backbone's, and what comes over the item graph by modality and graph. The parts are
 * those of an explanation (`recommender/explanation`), for each of the items that the model puts first.
 */
import { LatticeworkError } from "../../errors.ts";
import type { Explanation, RecommendedList, Recommender } from "../../recommender/index.ts";
import { poolSize } from "../../recommender/rules/diversity.ts";
import type { RunWeights } from "../../runs/weights.ts";
import type { Candidate, ExplanationPage, LatentPart, Person } from "../api.ts";
import type { StudioCatalogue } from "./catalogue.ts";

/** Somebody to recommend to, known or with a session, as a model stands to them now. */
export interface Whom {
  /** Another one whenever what is recommended may be another. */
  readonly key: string;
  /** Ids of what they took; what can be shown no more is left out. */
  readonly history: readonly string[];
  /** Ids of what they took in the time that was held out. */
  readonly heldOut: readonly string[];
  list(count: number): RecommendedList;
  /** @returns undefined where nothing explains the list @throws as `Recommender.explain` */
  explain(item: string, count: number | undefined): Explanation | undefined;
}

export interface People {
  /** @throws ConfigError for an unknown id */
  person(whom: Whom): Person;
  /** @throws as `Recommender.explain` */
  explain(whom: Whom, item: string): ExplanationPage | undefined;
}

interface PeopleParts {
  readonly recommender: Recommender;
  readonly weights: Pick<RunWeights, "graphEvidence">;
  readonly catalogue: StudioCatalogue;
}

/** Items of a list, and of the pool that it is chosen from with any diversity. */
export const listLength = 20;
const pool = poolSize(listLength, 1);
const reasonsShown = 6;
const peopleKept = 24;
const directionDigits = 5;

/** Sums by modality and graph, the largest first. */
function latentParts({ neighbours, reasons }: Explanation): LatentPart[] {
  const likenesses = neighbours.length > 0 ? neighbours : reasons;
  const sums = new Map<string, LatentPart>();
  for (const { modality, graph, contribution } of likenesses.flatMap((part) => part.likenesses)) {
    const key = `${modality} ${graph}`;
    const known = sums.get(key)?.contribution ?? 0;
    sums.set(key, { modality, graph, contribution: known + contribution });
  }
  return [...sums.values()].sort((a, b) => b.contribution - a.contribution);
}

export function openPeople({ recommender, weights, catalogue }: PeopleParts): People {
  const { config } = recommender.run;
  const kept = new Map<string, Person>();
  const learnedGraphs = Object.keys(weights.graphEvidence?.learned ?? {}).length;

  const direction = (id: string): number[] => {
    const row = Float64Array.from(recommender.embedding(id));
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    return Array.from(row, (value) => Number((length === 0 ? 0 : value / length).toFixed(directionDigits)));
  };
  /** Whether this model's scores come apart is asked once, of the first item. */
  const withoutParts = (whom: Whom, item: string | undefined): string | undefined => {
    if (item === undefined) return undefined;
    try {
      whom.explain(item, 1);
      return undefined;
    } catch (error) {
      if (error instanceof LatticeworkError) return error.message;
      throw error;
    }
  };

  const made = (whom: Whom): Person => {
    const list = whom.list(pool);
    const later = new Set(whom.heldOut);
    const unexplained = list.source === "popularity" ? undefined : withoutParts(whom, list.items[0]?.id);
    const explains = list.source === "model" && unexplained === undefined;
    const candidates = list.items.map(({ id, score }): Candidate => {
      const parts = explains ? whom.explain(id, undefined) : undefined;
      return {
        item: catalogue.tile(id),
        score,
        backbone: parts?.backbone ?? score,
        latent: parts === undefined ? [] : latentParts(parts),
        direction: direction(id),
        takenLater: later.has(id),
      };
    });
    return {
      source: list.source,
      history: [...new Set(whom.history)].filter(recommender.has).map(catalogue.tile),
      pool: candidates,
      ...(unexplained === undefined ? {} : { unexplained }),
      ...(config.model === "lattice" && learnedGraphs > 0 ? { initialShare: config.options.skip } : {}),
    };
  };

  return {
    person: (whom) => {
      const found = kept.get(whom.key) ?? made(whom);
      kept.delete(whom.key);
      kept.set(whom.key, found);
      const [oldest] = kept.keys();
      if (kept.size > peopleKept && oldest !== undefined) kept.delete(oldest);
      return found;
    },
    explain: (whom, item) => {
      const explanation = whom.explain(item, reasonsShown);
      if (explanation === undefined) return undefined;
      const { score, backbone, graph, reasons, others, own } = explanation;
      return {
        item: catalogue.tile(item),
        score,
        backbone,
        graph,
        reasons: reasons.map(({ id, title: _, likenesses, through, ...reason }) => ({
          ...reason,
          item: catalogue.tile(id),
          likenesses: [...likenesses],
          through: through.map((part) => ({
            item: catalogue.tile(part.id),
            contribution: part.contribution,
            likenesses: [...part.likenesses],
          })),
        })),
        others: { items: others.items, contribution: others.contribution },
        own: { contribution: own.contribution },
      };
    },
  };
}
