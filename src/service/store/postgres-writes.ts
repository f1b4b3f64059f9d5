/**
 * Writes of the PostgreSQL store, each within a transaction. Positions come from one row that a transaction locks last and keeps until its end: who
 * sees a position sees all before it, since nobody could take one in between and end later. Rows are taken in the order of their ids, so that two
 * bulk writes wait for each other instead of blocking each other.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { RunError } from "../../errors.ts";
import { expectedPictures, lastWrites } from "./last-writes.ts";
import type { TransactionClient } from "./postgres-connection.ts";
import { contentOf, itemRow, modelColumns, modelRow, selectItem } from "./postgres-rows.ts";
import type { ItemWrite, StoreChange, StoredInteraction, StoredItem, StoredModel } from "./store.ts";
import { bytesOf, hashOf } from "./stored-rows.ts";

type Change = Pick<StoreChange, "kind" | "id">;

/** To be the last statement of its transaction. */
async function record(client: TransactionClient, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await client.run(
    `WITH taken AS (UPDATE latticework.positions SET last = last + $3::bigint RETURNING last - $3::bigint AS before)
     INSERT INTO latticework.changes (position, kind, id)
     SELECT taken.before + change.place, change.kind, change.id
     FROM taken, unnest($1::text[], $2::text[]) WITH ORDINALITY AS change (kind, id, place)`,
    [changes.map(({ kind }) => kind), changes.map(({ id }) => id), changes.length],
  );
}

/** @returns how many it removed */
export function pruneChanges(client: TransactionClient, milliseconds: number, most: number): Promise<number> {
  // Positions are in the order of time, so the oldest are found without an index.
  return client.run(
    `WITH oldest AS (SELECT position, at FROM latticework.changes WHERE kind <> 'model' ORDER BY position LIMIT $2)
     DELETE FROM latticework.changes USING oldest WHERE changes.position = oldest.position
       AND oldest.at <= clock_timestamp() - $1 * interval '1 millisecond' AND oldest.position < (SELECT last FROM latticework.positions)`,
    [milliseconds, most],
  );
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function putFeatures(
  client: TransactionClient,
  rows: readonly {
    readonly id: string;
    readonly encoded: boolean;
    readonly features: StoredItem["features"];
  }[],
): Promise<void> {
  const all = rows.flatMap(({ id, encoded, features }) =>
    Object.entries(features).map(([modality, values]) => ({ id, encoded, modality, values })),
  );
  if (all.length === 0) return;
  await client.run(
    `INSERT INTO latticework.features (item, modality, encoded, values)
     SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bytea[])`,
    [
      all.map(({ id }) => id),
      all.map(({ modality }) => modality),
      all.map(({ encoded }) => encoded),
      all.map(({ values }) => bytesOf(values)),
    ],
  );
}

/** Whether a picture is another than the expected one; for items whose rows are taken. */
async function haveOtherPicture(
  client: TransactionClient,
  expected: readonly (readonly [string, string | null])[],
): Promise<boolean> {
  const others = await client.rows(
    z.object({ id: z.string() }),
    `SELECT expected.id FROM unnest($1::text[], $2::text[]) AS expected (id, digest) LEFT JOIN latticework.pictures ON item = expected.id
     WHERE pictures.digest IS DISTINCT FROM expected.digest LIMIT 1`,
    [expected.map(([id]) => id), expected.map(([, digest]) => digest)],
  );
  return others.length > 0;
}

export async function putItems(client: TransactionClient, writes: readonly ItemWrite[]): Promise<boolean> {
  const items = lastWrites(writes).toSorted((a, b) => byText(a.id, b.id));
  const ids = items.map(({ id }) => id);
  const expected = expectedPictures(items);
  if (expected.length > 0) await client.run("SAVEPOINT before_items");
  await client.run(
    `INSERT INTO latticework.items (id, content, expires_at, encoded_by) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
     ON CONFLICT (id) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at, encoded_by = excluded.encoded_by`,
    [
      ids,
      items.map(contentOf),
      items.map(({ expiresAt }) => expiresAt ?? null),
      items.map(({ encoded }) => encoded.by),
    ],
  );
  // After the rows are taken, those of new items among them: nobody gives one another picture from here on.
  if (expected.length > 0 && (await haveOtherPicture(client, expected))) {
    await client.run("ROLLBACK TO SAVEPOINT before_items");
    return false;
  }
  await client.run("DELETE FROM latticework.features WHERE item = ANY ($1::text[])", [ids]);
  await putFeatures(
    client,
    items.flatMap(({ id, features, encoded }) => [
      { id, encoded: false, features },
      { id, encoded: true, features: encoded.features },
    ]),
  );
  const without = items.filter(({ picture }) => picture === null).map(({ id }) => id);
  if (without.length > 0) await client.run("DELETE FROM latticework.pictures WHERE item = ANY ($1::text[])", [without]);
  for (const { id, picture } of items) {
    if (!(picture instanceof Uint8Array)) continue;
    const sql =
      "INSERT INTO latticework.pictures (item, bytes) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET bytes = excluded.bytes";
    await client.run(sql, [id, Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength)]);
  }
  await client.run("DELETE FROM latticework.deleted_items WHERE id = ANY ($1::text[])", [ids]);
  await record(
    client,
    writes.map(({ id }) => ({ kind: "item", id })),
  );
  return true;
}

/** Whether an item is still what was read of it; until the end of the transaction, nobody makes it another. */
async function isStill(client: TransactionClient, before: StoredItem): Promise<boolean> {
  // Every write of an item takes its row first. Read by a statement of its own, which sees what those before have written.
  await client.run("SELECT FROM latticework.items WHERE id = $1 FOR UPDATE", [before.id]);
  const [now] = await client.rows(itemRow, selectItem, [before.id]);
  return isDeepStrictEqual(now, before);
}

export async function replaceItem(client: TransactionClient, before: StoredItem, write: ItemWrite): Promise<boolean> {
  return (await isStill(client, before)) && putItems(client, [write]);
}

export async function putEncoded(
  client: TransactionClient,
  before: StoredItem,
  { by, features }: StoredItem["encoded"],
): Promise<boolean> {
  if (!(await isStill(client, before))) return false;
  const { id } = before;
  await client.run("UPDATE latticework.items SET encoded_by = $2 WHERE id = $1", [id, by]);
  await client.run("DELETE FROM latticework.features WHERE item = $1 AND encoded", [id]);
  await putFeatures(client, [{ id, encoded: true, features }]);
  return true;
}

export async function deleteItem(client: TransactionClient, id: string): Promise<boolean> {
  const found = (await client.run("DELETE FROM latticework.items WHERE id = $1", [id])) > 0;
  await client.run("INSERT INTO latticework.deleted_items (id) VALUES ($1) ON CONFLICT DO NOTHING", [id]);
  await record(client, [{ kind: "item", id }]);
  return found;
}

export async function addInteractions(
  client: TransactionClient,
  interactions: readonly StoredInteraction[],
): Promise<ReadonlySet<string>> {
  const first = new Map<string, StoredInteraction>();
  for (const one of interactions) if (!first.has(one.key)) first.set(one.key, one);
  const given = [...first.values()];
  const added = await client.rows(
    z.object({ key: z.string(), user: z.string() }),
    // Numbered as they were given, inserted by key.
    `WITH given AS MATERIALIZED (
       SELECT nextval(pg_get_serial_sequence('latticework.interactions', 'id')) AS id, one.*
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::double precision[], $6::bigint[])
         WITH ORDINALITY AS one (key, user_id, item_id, event, weight, at, place)
     )
     INSERT INTO latticework.interactions (id, key, user_id, item_id, event, weight, at) OVERRIDING SYSTEM VALUE
     SELECT id, key, user_id, item_id, event, weight, at FROM given ORDER BY key COLLATE "C"
     ON CONFLICT (key) DO NOTHING RETURNING key, user_id AS "user"`,
    [
      given.map(({ key }) => key),
      given.map(({ user }) => user),
      given.map(({ item }) => item),
      given.map(({ event }) => event),
      given.map(({ weight }) => weight),
      given.map(({ at }) => at),
    ],
  );
  await record(
    client,
    [...new Set(added.map(({ user }) => user))].map((id) => ({ kind: "user", id })),
  );
  return new Set(added.map(({ key }) => key));
}

export async function eraseUser(client: TransactionClient, user: string, at: number): Promise<number> {
  const removed = await client.run("DELETE FROM latticework.interactions WHERE user_id = $1", [user]);
  await client.run("DELETE FROM latticework.changes WHERE kind = 'user' AND id = $1", [user]);
  await client.run(
    "INSERT INTO latticework.erased_users (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at",
    [hashOf(user), at],
  );
  await record(client, [{ kind: "erasure", id: "" }]);
  return removed;
}

/** One after the other until the end of the transaction: no moment has two that are served, or two of one folder. */
const lockModels = (client: TransactionClient): Promise<number> =>
  client.run("LOCK TABLE latticework.models IN SHARE ROW EXCLUSIVE MODE");

async function insertModel(
  client: TransactionClient,
  { version, folder, createdAt, note }: StoredModel,
): Promise<void> {
  await client.run("INSERT INTO latticework.models (version, folder, created_at, note) VALUES ($1, $2, $3, $4)", [
    version,
    folder,
    createdAt,
    JSON.stringify(note),
  ]);
}

/** @returns the one of the folder that is there now */
export async function addModelOfFolder(client: TransactionClient, model: StoredModel): Promise<StoredModel> {
  await lockModels(client);
  const sql = `SELECT ${modelColumns} FROM latticework.models WHERE folder = $1 ORDER BY created_at, version LIMIT 1`;
  const known = (await client.rows(modelRow, sql, [model.folder])).at(0);
  if (known === undefined) await insertModel(client, model);
  return known ?? model;
}

/** @returns whether it is served now, in the place of the one that it takes over from */
export async function addModel(
  client: TransactionClient,
  model: StoredModel,
  takesOverFrom?: string,
): Promise<boolean> {
  const { version } = model;
  await lockModels(client);
  await insertModel(client, model);
  if (takesOverFrom === undefined) return false;
  const sql = "UPDATE latticework.models SET served = false WHERE version = $1 AND served";
  if ((await client.run(sql, [takesOverFrom])) === 0) return false;
  await client.run("UPDATE latticework.models SET served = true WHERE version = $1", [version]);
  await record(client, [{ kind: "model", id: version }]);
  return true;
}

/** @throws RunError when there is no such version */
export async function serveModel(client: TransactionClient, version: string): Promise<void> {
  await lockModels(client);
  await client.run("UPDATE latticework.models SET served = false WHERE served");
  if ((await client.run("UPDATE latticework.models SET served = true WHERE version = $1", [version])) === 0) {
    throw new RunError(`there is no version ${version}; the list of versions has those that can be served`);
  }
  await record(client, [{ kind: "model", id: version }]);
}
