/**
 * The store in a PostgreSQL database, for several service processes on several machines. A write is on the server's disk when its promise is kept,
 * also where the server is set to acknowledge earlier. While the server is away everything throws `StoreUnavailable`, and goes on by itself when
 * it is back.
 */
import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { openPostgres } from "./postgres-connection.ts";
import {
  interactionColumns,
  itemColumns,
  itemRow,
  itemTables,
  keyColumns,
  keyRow,
  modelColumns,
  modelRow,
  pictureRow,
  selectItem,
  selectItems,
} from "./postgres-rows.ts";
import { migrate } from "./postgres-schema.ts";
import * as writes from "./postgres-writes.ts";
import { type Store, StoreUnavailable } from "./store.ts";
import { changeRow, hashOf, identityRow, interactionOf, interactionRow } from "./stored-rows.ts";

const itemsPerBlock = 500;
const interactionsPerBlock = 2000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @param address postgres://user:password@host:port/database @throws ConfigError when it cannot be opened */
export async function openPostgresStore(address: string): Promise<Store> {
  const database = await openPostgres(address);
  const { rows, transaction } = database;
  try {
    await transaction(({ connection }) => migrate(connection, database.label));
  } catch (error) {
    await database.close();
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof StoreUnavailable ? error.message : `${database.label}: ${reasonOf(error)}`;
    throw new ConfigError(
      `the store cannot be opened: ${reason}; check the address, the server, and that its user may create a schema`,
      { cause: error },
    );
  }

  const first = async <T extends z.ZodType>(
    schema: T,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<z.output<T> | undefined> => (await rows(schema, sql, values))[0];

  /** @param where over $2 and $3 */
  async function* interactionBlocks(where: string, ...values: readonly unknown[]) {
    const sql = `SELECT ${interactionColumns} FROM latticework.interactions WHERE id > $1 AND ${where} ORDER BY id LIMIT ${interactionsPerBlock}`;
    let after = 0;
    for (;;) {
      const block = await rows(interactionRow, sql, [after, ...values]);
      if (block.length > 0) yield block.map(interactionOf);
      if (block.length < interactionsPerBlock) return;
      after = block.at(-1)?.id ?? after;
    }
  }

  return {
    identity: async () => {
      const [{ id }] = await rows(identityRow, "SELECT id FROM latticework.identity");
      return id;
    },
    item: (id) => first(itemRow, selectItem, [id]),
    itemsOf: async (ids) => new Map((await rows(itemRow, selectItems, [ids])).map((item) => [item.id, item])),
    picture: async (id) => {
      const found = await first(pictureRow, "SELECT bytes FROM latticework.pictures WHERE item = $1", [id]);
      return found === undefined ? undefined : new Uint8Array(found.bytes);
    },
    items: async function* () {
      const sql = `SELECT ${itemColumns} FROM ${itemTables} WHERE items.id > $1 ORDER BY items.id LIMIT ${itemsPerBlock}`;
      let after = "";
      for (;;) {
        const block = await rows(itemRow, sql, [after]);
        if (block.length > 0) yield block;
        const last = block.at(-1);
        if (last === undefined || block.length < itemsPerBlock) return;
        after = last.id;
      }
    },
    putItems: (items) => transaction((client) => writes.putItems(client, items)),
    replaceItem: (before, item) => transaction((client) => writes.replaceItem(client, before, item)),
    putEncoded: (before, encoded) => transaction((client) => writes.putEncoded(client, before, encoded)),
    deleteItem: (id) => transaction((client) => writes.deleteItem(client, id)),
    deletedItems: async () =>
      (await rows(z.object({ id: z.string() }), "SELECT id FROM latticework.deleted_items")).map(({ id }) => id),
    addInteractions: (interactions) => transaction((client) => writes.addInteractions(client, interactions)),
    history: async (user, most) => {
      const sql = `SELECT ${interactionColumns} FROM latticework.interactions WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT $2`;
      return (await rows(interactionRow, sql, [user, most])).map(interactionOf);
    },
    userInteractions: (user) => interactionBlocks("user_id = $2", user),
    interactions: () => interactionBlocks("true"),
    eraseUser: (user, at) => transaction((client) => writes.eraseUser(client, user, at)),
    erasedAt: async (user) => {
      const sql = "SELECT at FROM latticework.erased_users WHERE hash = $1";
      return (await first(z.object({ at: z.number() }), sql, [hashOf(user)]))?.at;
    },
    erasedAmong: async (users) => {
      const found = await rows(
        z.object({ place: z.number(), at: z.number() }),
        "SELECT asked.place, at FROM unnest($1::bytea[]) WITH ORDINALITY AS asked (hash, place) JOIN latticework.erased_users USING (hash)",
        [users.map(hashOf)],
      );
      return new Map(found.map(({ place, at }) => [users[place - 1], at]));
    },
    interactionCount: async () =>
      (await first(z.object({ count: z.number() }), "SELECT count(*) AS count FROM latticework.interactions"))?.count ??
      0,
    position: async () =>
      (await first(z.object({ last: z.number() }), "SELECT last FROM latticework.positions"))?.last ?? 0,
    changesSince: (position, most) =>
      rows(
        changeRow,
        "SELECT position, kind, id FROM latticework.changes WHERE position > $1 ORDER BY position LIMIT $2",
        [position, most],
      ),
    dataChangesSince: async (position) => {
      // Those of users go when they are erased, and all but those of versions with time: counted is what stays.
      const sql = `SELECT last - $1::bigint - (SELECT count(*) FROM latticework.changes WHERE kind = 'model' AND position > $1::bigint) AS count
        FROM latticework.positions`;
      return (await first(z.object({ count: z.number() }), sql, [position]))?.count ?? 0;
    },
    pruneChanges: (milliseconds, most) => transaction((client) => writes.pruneChanges(client, milliseconds, most)),
    keys: () => rows(keyRow, `SELECT ${keyColumns} FROM latticework.access_keys ORDER BY created_at, id`),
    key: (id) => first(keyRow, `SELECT ${keyColumns} FROM latticework.access_keys WHERE id = $1`, [id]),
    addKey: async ({ id, name, scope, hash, createdAt, expiresAt }) => {
      await transaction((client) =>
        client.run(
          "INSERT INTO latticework.access_keys (id, name, scope, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
          [id, name, scope, Buffer.from(hash), createdAt, expiresAt ?? null],
        ),
      );
    },
    revokeKey: (id, at) =>
      transaction(async (client) => {
        const sql = "UPDATE latticework.access_keys SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
        return (await client.run(sql, [id, at])) > 0;
      }),
    models: () => rows(modelRow, `SELECT ${modelColumns} FROM latticework.models ORDER BY created_at, version`),
    addModel: (model, takesOverFrom) => transaction((client) => writes.addModel(client, model, takesOverFrom)),
    addModelOfFolder: (model) => transaction((client) => writes.addModelOfFolder(client, model)),
    servedModel: async () =>
      (await first(z.object({ version: z.string() }), "SELECT version FROM latticework.models WHERE served"))?.version,
    serveModel: (version) => transaction((client) => writes.serveModel(client, version)),
    removeModel: (version) =>
      transaction(
        async (client) =>
          (await client.run("DELETE FROM latticework.models WHERE version = $1 AND NOT served", [version])) > 0,
      ),
    holdLease: (name, holder, milliseconds) =>
      transaction(async (client) => {
        const sql = `INSERT INTO latticework.leases (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE leases.holder = excluded.holder OR leases.until <= clock_timestamp()`;
        return (await client.run(sql, [name, holder, milliseconds])) > 0;
      }),
    leaseHolder: async (name) => {
      const sql = "SELECT holder FROM latticework.leases WHERE name = $1";
      return (await first(z.object({ holder: z.string() }), sql, [name]))?.holder;
    },
    releaseLease: async (name, holder) => {
      await transaction((client) =>
        client.run("DELETE FROM latticework.leases WHERE name = $1 AND holder = $2", [name, holder]),
      );
    },
    close: database.close,
  };
}
