/** When items expire, for as many as a catalogue has: each is told once, when its time has come. */

export interface ItemExpiries {
  /** @param at milliseconds since 1970; undefined for an item that does not expire */
  set(id: string, at: number | undefined): void;
  /**
   * Takes out what has expired.
   * @param time milliseconds since 1970
   * @param hide told the ids; when it throws, they are told again the next time
   * @returns whether anything has expired
   */
  expire(time: number, hide: (ids: readonly string[]) => void): boolean;
}

export function createItemExpiries(): ItemExpiries {
  const expiries = new Map<string, number>();
  /** No item expires before. */
  let next = Number.POSITIVE_INFINITY;
  return {
    set: (id, at) => {
      if (at === undefined) expiries.delete(id);
      else {
        expiries.set(id, at);
        next = Math.min(next, at);
      }
    },
    expire: (time, hide) => {
      if (time < next) return false;
      const due: string[] = [];
      let nextLeft = Number.POSITIVE_INFINITY;
      for (const [id, at] of expiries) {
        if (at <= time) due.push(id);
        else nextLeft = Math.min(nextLeft, at);
      }
      // Before they are forgotten: one that could not be hidden is due again.
      if (due.length > 0) hide(due);
      for (const id of due) expiries.delete(id);
      next = nextLeft;
      return due.length > 0;
    },
  };
}
