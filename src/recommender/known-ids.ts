/** From outside ids to indices, with the closest known ids in the message about an unknown one. */
import { distance } from "fastest-levenshtein";
import { ConfigError } from "../errors.ts";

export interface KnownIds {
  /** @throws ConfigError naming the id and the closest known ones */
  indexOf(id: string): number;
  has(id: string): boolean;
}

const suggestions = 3;

/** The known ids that read most like this one. */
function closest(id: string, ids: readonly string[]): readonly string[] {
  const best: { readonly id: string; readonly edits: number }[] = [];
  for (const candidate of ids) {
    const last = best[suggestions - 1];
    // An edit changes the length by one at most, so a candidate of very different length cannot be close.
    if (last !== undefined && Math.abs(candidate.length - id.length) >= last.edits) continue;
    const edits = distance(id, candidate);
    const place = best.findIndex((other) => edits < other.edits);
    best.splice(place < 0 ? best.length : place, 0, { id: candidate, edits });
    best.length = Math.min(best.length, suggestions);
  }
  return best.map((candidate) => candidate.id);
}

/**
 * @param noun what the ids name, for messages: "user", "item" or "category"
 * @param plural of a noun whose ids are its names; default: the noun with an s, known by ids
 */
export function knownIds(noun: string, ids: readonly string[], plural?: string): KnownIds {
  return lookup(noun, [new Map(ids.map((id, index) => [id, index]))], plural);
}

/** Some ids that stay, and others after them that are exchanged as a whole; an id that is among both is the later one. */
export function growingIds(
  noun: string,
  fixed: readonly string[],
): KnownIds & { others(ids: readonly string[]): void; fixed(id: string): number | undefined } {
  const first = new Map(fixed.map((id, index) => [id, index]));
  const second = new Map<string, number>();
  return {
    ...lookup(noun, [second, first]),
    fixed: (id) => first.get(id),
    others: (ids) => {
      second.clear();
      for (const [n, id] of ids.entries()) second.set(id, fixed.length + n);
    },
  };
}

function lookup(noun: string, maps: readonly ReadonlyMap<string, number>[], plural?: string): KnownIds {
  const find = (id: string): number | undefined => {
    for (const indices of maps) {
      const index = indices.get(id);
      if (index !== undefined) return index;
    }
    return undefined;
  };
  return {
    has: (id) => find(id) !== undefined,
    indexOf: (id) => {
      const index = find(id);
      if (index !== undefined) return index;
      const ids = [...new Set(maps.toReversed().flatMap((indices) => [...indices.keys()]))];
      const near = closest(id, ids).map((other) => JSON.stringify(other));
      throw new ConfigError(
        `${noun} ${JSON.stringify(id)} is not in this run, which knows ${ids.length} ${plural ?? `${noun}s`}; the closest ${plural ?? "ids"} are ${near.join(", ")}`,
      );
    },
  };
}
