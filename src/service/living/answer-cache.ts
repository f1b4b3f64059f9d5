/** Answers kept for as long as nothing they depend on has changed: their key names the model, its catalogue's state, the user's state and the question. */
import { LRUCache } from "lru-cache";

export interface AnswerCache {
  /** @param compute what is kept under the key from then on */
  of(key: string, compute: () => string): string;
  readonly hits: number;
  readonly misses: number;
}

/** @param mostBytes of keys and answers together; 0: nothing is kept */
export function createAnswerCache(mostBytes: number): AnswerCache {
  let hits = 0;
  let misses = 0;
  const kept =
    mostBytes > 0
      ? new LRUCache<string, string>({
          maxSize: mostBytes,
          // Two bytes a character at most, and what an entry takes beside its texts.
          sizeCalculation: (answer, key) => 2 * (answer.length + key.length) + 200,
        })
      : undefined;
  return {
    of: (key, compute) => {
      const known = kept?.get(key);
      if (known !== undefined) {
        hits++;
        return known;
      }
      misses++;
      const answer = compute();
      kept?.set(key, answer);
      return answer;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
  };
}
