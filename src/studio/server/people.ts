/**
 * What somebody is recommended, known user or session, with every score in its parts: the backbone's, and what comes over the item graph by modality and
 * graph. The parts are those of an explanation (`recommender/explanation`), for each of the items that the model puts first.
 */
import { ConfigError, LatticeworkError } from "../../errors.ts";
import type { Explanation, Recommender } from "../../recommender/index.ts";
import { poolSize } from "../../recommender/rules/diversity.ts";
import type { RunWeights } from "../../runs/weights.ts";
import type { Candidate, ExplanationPage, LatentPart, Person, PersonQuery, Users } from "../api.ts";
import type { StudioCatalogue } from "./catalogue.ts";

export interface People {
  users(query: string, limit: number): Users;
  /** @throws ConfigError for an unknown id */
  person(query: PersonQuery): Person;
  /** @throws as `Recommender.explain` */
  explain(query: PersonQuery, item: string): ExplanationPage;
}

interface PeopleParts {
  readonly recommender: Recommender;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: StudioCatalogue;
}

/** Items of a list, and of the pool that it is chosen from with any diversity. */
export const listLength = 20;
const pool = poolSize(listLength, 1);
const reasonsShown = 6;
const peopleKept = 24;
const directionDigits = 5;

/** A user's items in a split. */
function itemsOf({ rowPointers, columnIndices }: RunWeights["interactions"]["train"], user: number): readonly number[] {
  return [...columnIndices.subarray(rowPointers[user], rowPointers[user + 1])];
}

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
  const { ids, config } = recommender.run;
  const { train, validation, test } = weights.interactions;
  const places = new Map(ids.users.map((id, place) => [id, place]));
  const kept = new Map<string, Person>();
  const learnedGraphs = Object.keys(weights.graphEvidence?.learned ?? {}).length;

  const placeOf = (id: string): number => {
    const place = places.get(id);
    if (place !== undefined) return place;
    throw new ConfigError(`user ${JSON.stringify(id)} is not in this run, which knows ${ids.users.length} users`);
  };
  const direction = (item: number): number[] => {
    const { columns, data } = weights.items;
    const row = Float64Array.from(data.subarray(item * columns, (item + 1) * columns));
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    return Array.from(row, (value) => Number((length === 0 ? 0 : value / length).toFixed(directionDigits)));
  };
  const explanationOf = (query: PersonQuery, item: string, count?: number): Explanation =>
    "user" in query
      ? recommender.explain(query.user, item, { count })
      : recommender.explainFor(query.items, item, { count });

  /** Whether this model's scores come apart is asked once, of the first item. */
  const withoutParts = (query: PersonQuery, item: string | undefined): string | undefined => {
    if (item === undefined) return undefined;
    try {
      explanationOf(query, item, 1);
      return undefined;
    } catch (error) {
      if (error instanceof LatticeworkError) return error.message;
      throw error;
    }
  };

  const made = (query: PersonQuery): Person => {
    const user = "user" in query ? placeOf(query.user) : undefined;
    const list =
      "user" in query
        ? recommender.recommend([query.user], { count: pool })[0]
        : recommender.recommendFor({ history: query.items, count: pool });
    if (list === undefined) throw new ConfigError("nobody was asked for");
    const history =
      user === undefined ? ("items" in query ? query.items.map(catalogue.indexOf) : []) : itemsOf(train, user);
    const later = new Set(user === undefined ? [] : [...itemsOf(validation, user), ...itemsOf(test, user)]);
    const unexplained = list.source === "popularity" ? undefined : withoutParts(query, list.items[0]?.id);
    const explains = list.source === "model" && unexplained === undefined;
    const candidates = list.items.map(({ id, score }): Candidate => {
      const item = catalogue.indexOf(id);
      const parts = explains ? explanationOf(query, id) : undefined;
      return {
        item: catalogue.tile(item),
        score,
        backbone: parts?.backbone ?? score,
        latent: parts === undefined ? [] : latentParts(parts),
        direction: direction(item),
        takenLater: later.has(item),
      };
    });
    return {
      source: list.source,
      history: [...new Set(history)].map(catalogue.tile),
      pool: candidates,
      ...(unexplained === undefined ? {} : { unexplained }),
      ...(config.model === "lattice" && learnedGraphs > 0 ? { initialShare: config.options.skip } : {}),
    };
  };

  return {
    users: (query, limit) => {
      const wanted = query.trim().toLowerCase();
      const found = wanted === "" ? ids.users : ids.users.filter((id) => id.toLowerCase().includes(wanted));
      return {
        total: found.length,
        users: found.slice(0, limit).map((id) => {
          const place = placeOf(id);
          return { id, taken: (train.rowPointers[place + 1] ?? 0) - (train.rowPointers[place] ?? 0) };
        }),
      };
    },
    person: (query) => {
      const key = JSON.stringify(query);
      const found = kept.get(key) ?? made(query);
      kept.delete(key);
      kept.set(key, found);
      const [oldest] = kept.keys();
      if (kept.size > peopleKept && oldest !== undefined) kept.delete(oldest);
      return found;
    },
    explain: (query, item) => {
      const { score, backbone, graph, reasons, others, own } = explanationOf(query, item, reasonsShown);
      const tile = (id: string) => catalogue.tile(catalogue.indexOf(id));
      return {
        item: tile(item),
        score,
        backbone,
        graph,
        reasons: reasons.map(({ id, title: _, likenesses, through, ...reason }) => ({
          ...reason,
          item: tile(id),
          likenesses: [...likenesses],
          through: through.map((part) => ({
            item: tile(part.id),
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
