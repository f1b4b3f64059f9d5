/**
 * Full ranking by item–item scores: ŷ_ui = Σ_j p_uj S_ij, with p_u a user's profile, what they took, and, where asked for, σ_u a_i added. Only the items that a profile speaks
 * for are summed, the others follow with score 0 by index; so a user costs what their items' rows hold, and nothing of items × items or
 * users × items ever exists.
 */
import type { Floats, Pattern } from "../engine/engine.ts";
import { createBestCandidates } from "../graph/best-candidates.ts";
import type { ItemScores } from "../graph/co-occurrence.ts";
import type { RankedBlock } from "./rank.ts";

/** Users ranked between two chances for the caller to stop or draw. */
const usersPerBlock = 1024;

export interface ItemScoreRanking {
  /** Sᵀ: row j holds the items i that j speaks for. Ordinary arrays, as all here. */
  readonly transposed: ItemScores;
  /** users × items; without values each entry counts 1. */
  readonly profiles: Pattern & { readonly values?: Floats | undefined };
  /** Rows of `profiles` to rank for. */
  readonly users: Int32Array;
  /** users × candidates: what each user is not to be shown. */
  readonly mask?: Pattern | undefined;
  /** Items that are ranked, ascending; lists hold places in it. Default: all. */
  readonly candidates?: Int32Array | undefined;
  /** a by candidate and σ by row of `profiles`, for what is added to scores. */
  readonly adjustment?: { readonly values: Floats; readonly scales: Floats } | undefined;
  /** Length of the lists. */
  readonly depth: number;
}

function placesOf(items: number, candidates: Int32Array | undefined): Int32Array {
  if (candidates === undefined) return Int32Array.from({ length: items }, (_, item) => item);
  const places = new Int32Array(items).fill(-1);
  candidates.forEach((item, place) => {
    places[item] = place;
  });
  return places;
}

/** Ranks block after block; ties by smaller index. */
export function* rankByItemScores(request: ItemScoreRanking): Generator<RankedBlock, void, undefined> {
  const { transposed, profiles, users, mask, candidates, adjustment, depth } = request;
  const places = placesOf(transposed.columns, candidates);
  const size = candidates?.length ?? transposed.columns;
  const best = createBestCandidates(Math.min(depth, size));
  const sums = new Float64Array(size);
  const seen = new Int32Array(size).fill(-1);
  const hidden = new Int32Array(size).fill(-1);
  const touched = new Int32Array(size);

  /** Leaves the user's list in `best`. @param stamp another number for each user */
  const rank = (user: number, stamp: number): void => {
    let count = 0;
    for (let p = profiles.rowPointers[user]; p < profiles.rowPointers[user + 1]; p++) {
      const taken = profiles.columnIndices[p];
      const weight = profiles.values === undefined ? 1 : profiles.values[p];
      for (let q = transposed.rowPointers[taken]; q < transposed.rowPointers[taken + 1]; q++) {
        const place = places[transposed.columnIndices[q]];
        if (place < 0) continue;
        if (seen[place] !== stamp) {
          seen[place] = stamp;
          sums[place] = 0;
          touched[count++] = place;
        }
        sums[place] += weight * transposed.values[q];
      }
    }
    if (mask !== undefined) {
      for (let p = mask.rowPointers[user]; p < mask.rowPointers[user + 1]; p++) hidden[mask.columnIndices[p]] = stamp;
    }
    best.clear();
    if (adjustment !== undefined) {
      const scale = adjustment.scales[user];
      for (let place = 0; place < size; place++) {
        if (hidden[place] === stamp) continue;
        best.offer(place, (seen[place] === stamp ? sums[place] : 0) + scale * adjustment.values[place]);
      }
      return;
    }
    for (let t = 0; t < count; t++) if (hidden[touched[t]] !== stamp) best.offer(touched[t], sums[touched[t]]);
    for (let place = 0; place < size && best.count < best.indices.length; place++) {
      if (seen[place] !== stamp && hidden[place] !== stamp) best.offer(place, 0);
    }
  };

  for (let offset = 0; offset < users.length; offset += usersPerBlock) {
    const count = Math.min(usersPerBlock, users.length - offset);
    const items = new Int32Array(count * depth).fill(-1);
    const scores = new Float64Array(count * depth);
    for (let row = 0; row < count; row++) {
      rank(users[offset + row], offset + row);
      items.set(best.indices.subarray(0, best.count), row * depth);
      scores.set(best.scores.subarray(0, best.count), row * depth);
    }
    yield { offset, count, items, scores };
  }
}
