/** The k best of many scored candidates, kept in order while they are offered: larger score first, equal scores by smaller index. */

export interface BestCandidates {
  /** How many are kept so far, at most k. */
  readonly count: number;
  /** The first `count` of each are what was kept, best first. */
  readonly indices: Int32Array;
  readonly scores: Float64Array;
  clear(): void;
  /** Each index once between two clearings, in any order. */
  offer(index: number, score: number): void;
}

export function createBestCandidates(k: number): BestCandidates {
  const indices = new Int32Array(k);
  const scores = new Float64Array(k);
  let count = 0;
  const isBehind = (place: number, index: number, score: number): boolean =>
    scores[place] < score || (scores[place] === score && indices[place] > index);
  return {
    get count() {
      return count;
    },
    indices,
    scores,
    clear: () => {
      count = 0;
    },
    offer: (index, score) => {
      if (count === k && (k === 0 || !isBehind(k - 1, index, score))) return;
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBehind(middle, index, score)) high = middle;
        else low = middle + 1;
      }
      if (count < k) count += 1;
      indices.copyWithin(low + 1, low, count - 1);
      scores.copyWithin(low + 1, low, count - 1);
      indices[low] = index;
      scores[low] = score;
    },
  };
}
