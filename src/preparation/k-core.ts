/**
 * The (k, l)-core of the interactions: users with fewer than k items and items with fewer than l users go, again and again, until
 * nobody has too few. The largest such set is the same in whatever order they go. Dislikes do not count.
 *
 * A round is one pass over the interactions for the users that stay and one for the items; only when a good part
 * of the interactions has gone are they written anew.
 */
import type { Steps } from "./steps.ts";

export interface CoreRequest {
  readonly minimumUserInteractions: number;
  readonly minimumItemInteractions: number;
}

export interface Core {
  readonly rounds: number;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
}

/** Rewriting costs about as much as two rounds, and pays when this share is gone. */
const worthRewriting = 0.25;

/**
 * Makes `prepared_core_users(u, n)` and `prepared_core_items(i, n)`, who stays and with how many interactions, from
 * `prepared_likes(u, i)`, which may be a view.
 */
export async function findCore(steps: Steps, request: CoreRequest): Promise<Core> {
  const { minimumUserInteractions: leastOfUser, minimumItemInteractions: leastOfItem } = request;
  let from = "prepared_likes";
  let written = await steps.value("k-core, round 1", `SELECT count(*) FROM ${from}`);
  const make = (table: string, key: string, source: string, least: number): Promise<void> =>
    steps.run(
      `k-core, round ${rounds}`,
      `CREATE OR REPLACE TABLE ${table} AS SELECT ${key}, CAST(count(*) AS INTEGER) AS n FROM ${source} GROUP BY ${key} HAVING count(*) >= ${least}`,
    );
  const total = (table: string): Promise<number> =>
    steps.value(`k-core, round ${rounds}`, `SELECT sum(n) FROM ${table}`);

  let rounds = 1;
  await make("prepared_core_users", "u", from, leastOfUser);
  let left = await total("prepared_core_users");
  for (;;) {
    await make("prepared_core_items", "i", `${from} SEMI JOIN prepared_core_users USING (u)`, leastOfItem);
    const afterItems = await total("prepared_core_items");
    if (afterItems === left) break;
    rounds++;
    if (afterItems < written * (1 - worthRewriting)) {
      const next = `prepared_core_${rounds}`;
      await steps.run(
        `k-core, round ${rounds}`,
        `CREATE TABLE ${next} AS SELECT u, i FROM ${from} SEMI JOIN prepared_core_users USING (u) SEMI JOIN prepared_core_items USING (i)`,
      );
      if (from !== "prepared_likes") await steps.database.run(`DROP TABLE ${from}`);
      from = next;
      written = afterItems;
    }
    await make("prepared_core_users", "u", `${from} SEMI JOIN prepared_core_items USING (i)`, leastOfUser);
    left = await total("prepared_core_users");
    if (left === afterItems) break;
  }
  if (from !== "prepared_likes") await steps.database.run(`DROP TABLE ${from}`);
  const [users, items] = await Promise.all(
    ["prepared_core_users", "prepared_core_items"].map((table) =>
      steps.database.rows(`SELECT CAST(count(*) AS DOUBLE) AS n FROM ${table}`),
    ),
  );
  return { rounds, users: Number(users?.[0]?.n ?? 0), items: Number(items?.[0]?.n ?? 0), interactions: left };
}
