/** Interactions of the SQLite store, and the erasure of users. */
import type { SQLInputValue } from "node:sqlite";
import { z } from "zod";
import type { Sqlite } from "./sqlite-connection.ts";
import type { Store } from "./store.ts";
import { hashOf, interactionOf, interactionRow } from "./stored-rows.ts";

type InteractionOperations = Pick<
  Store,
  | "addInteractions"
  | "history"
  | "userInteractions"
  | "eraseUser"
  | "erasedAt"
  | "erasedAmong"
  | "interactions"
  | "interactionCount"
>;

const interactionsPerBlock = 2000;

export function sqliteInteractions({
  run,
  rows,
  first,
  attempt,
  write,
  changed,
  checkpoint,
}: Sqlite): InteractionOperations {
  /** @param where ends with the id after which a block begins */
  async function* interactionBlocks(where: string, ...values: readonly SQLInputValue[]) {
    const sql = `SELECT * FROM interactions WHERE ${where} ORDER BY id LIMIT ?`;
    let after = 0;
    for (;;) {
      const block = await attempt(() => rows(interactionRow, sql, ...values, after, interactionsPerBlock));
      if (block.length > 0) yield block.map(interactionOf);
      if (block.length < interactionsPerBlock) return;
      after = block.at(-1)?.id ?? after;
    }
  }

  return {
    addInteractions: (interactions) =>
      write(() => {
        const added = new Set<string>();
        for (const { key, user, item, event, weight, at } of interactions) {
          const sql =
            "INSERT OR IGNORE INTO interactions (key, user, item, event, weight, at) VALUES (?, ?, ?, ?, ?, ?)";
          if (run(sql, key, user, item, event, weight, at) > 0) added.add(key);
        }
        const users = new Set(interactions.filter(({ key }) => added.has(key)).map(({ user }) => user));
        for (const user of users) changed("user", user);
        return added;
      }),
    history: (user, most) =>
      attempt(() =>
        rows(
          interactionRow,
          "SELECT * FROM interactions WHERE user = ? ORDER BY at DESC, id DESC LIMIT ?",
          user,
          most,
        ).map(interactionOf),
      ),
    userInteractions: (user) => interactionBlocks("user = ? AND id > ?", user),
    eraseUser: async (user, at) => {
      const removed = await write(() => {
        const count = run("DELETE FROM interactions WHERE user = ?", user);
        run("DELETE FROM changes WHERE kind = 'user' AND id = ?", user);
        run("INSERT OR REPLACE INTO erased_users (hash, at) VALUES (?, ?)", hashOf(user), at);
        changed("erasure", "");
        return count;
      });
      // What was written before is not to linger in the log either; a reader of another process may hold it for a moment longer.
      await attempt(checkpoint);
      return removed;
    },
    erasedAt: (user) =>
      attempt(
        () => first(z.object({ at: z.number() }), "SELECT at FROM erased_users WHERE hash = ?", hashOf(user))?.at,
      ),
    erasedAmong: (users) =>
      attempt(() => {
        const sql = "SELECT at FROM erased_users WHERE hash = ?";
        const shape = z.object({ at: z.number() });
        return new Map(
          users.flatMap((user) => {
            const found = first(shape, sql, hashOf(user));
            return found === undefined ? [] : [[user, found.at] as const];
          }),
        );
      }),
    interactions: () => interactionBlocks("id > ?"),
    interactionCount: () =>
      attempt(() => first(z.object({ count: z.number() }), "SELECT count(*) AS count FROM interactions")?.count ?? 0),
  };
}
