/** Pieces of work that go one after the other, in the order in which they came; one that fails stops none. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when those that came so far have ended. */
  ended(): Promise<void>;
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: (work) => {
      const turn = last.then(work, work);
      last = turn.catch(() => undefined);
      return turn;
    },
    ended: async () => {
      await last;
    },
  };
}
