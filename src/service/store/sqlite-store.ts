/**
 * The store as one SQLite file, with the SQLite that Node has. A write is on the disk when its promise is kept (write-ahead log, flushed at every
 * commit), so what was acknowledged survives a killed process and a lost machine. Several processes of one machine can share the file.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { z } from "zod";
import { ConfigError, RunError } from "../../errors.ts";
import { featureRow, itemRow, keyOf, keyRow, modelOf, modelRow } from "./sqlite-rows.ts";
import { migrate } from "./sqlite-schema.ts";
import { type ItemWrite, type Store, type StoreChange, type StoredItem, StoreUnavailable } from "./store.ts";
import { bytes, bytesOf, changeRow, floatsOf, hashOf, interactionOf, interactionRow } from "./stored-rows.ts";

const itemsPerBlock = 500;
const interactionsPerBlock = 2000;
/** Nobody follows from further back: a process begins with what there is. */
const changesKeptMilliseconds = 86_400_000;
/** How long a write waits for another process's. */
const busyMilliseconds = 3000;

/** Codes of SQLite that may pass: busy, locked, read-only (a remounted disk), input or output, full, cannot open. */
const passing = new Set([5, 6, 8, 10, 13, 14]);

function failureOf(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  if (!passing.has(error.errcode & 0xff)) return error;
  return new StoreUnavailable(`the store cannot be used now: ${error.message}`, { cause: error });
}

/** @param file or ":memory:" for one that ends with the process @throws ConfigError when it cannot be opened */
export function openSqliteStore(file: string): Store {
  let database: DatabaseSync;
  try {
    if (file !== ":memory:") mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: busyMilliseconds });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    migrate(database, file);
    database
      .prepare("DELETE FROM changes WHERE at < ? AND position < (SELECT max(position) FROM changes)")
      .run(Date.now() - changesKeptMilliseconds);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`store ${file} cannot be opened: ${reason}; check the path, or name another`, {
      cause: error,
    });
  }

  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const run = (sql: string, ...values: SQLInputValue[]): number => Number(prepared(sql).run(...values).changes);
  const rows = <T extends z.ZodType>(schema: T, sql: string, ...values: SQLInputValue[]): z.output<T>[] =>
    prepared(sql)
      .all(...values)
      .map((row) => schema.parse(row));
  const first = <T extends z.ZodType>(schema: T, sql: string, ...values: SQLInputValue[]): z.output<T> | undefined =>
    rows(schema, sql, ...values)[0];

  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw failureOf(error);
    }
  };
  /** All of it or nothing. */
  const write = <T>(work: () => T): Promise<T> =>
    attempt(() => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    });
  const changed = (kind: StoreChange["kind"], id: string): void => {
    run("INSERT INTO changes (kind, id, at) VALUES (?, ?, ?)", kind, id, Date.now());
  };

  const itemColumns = "items.*, EXISTS (SELECT 1 FROM pictures WHERE item = items.id) AS has_picture";
  const itemOf = ({ encoded_by, expires_at, has_picture, ...rest }: z.output<typeof itemRow>): StoredItem => {
    const features: Record<string, Float32Array> = {};
    const encoded: Record<string, Float32Array> = {};
    for (const one of rows(featureRow, "SELECT modality, encoded, row FROM features WHERE item = ?", rest.id)) {
      (one.encoded === 1 ? encoded : features)[one.modality] = floatsOf(one.row);
    }
    return {
      ...rest,
      expiresAt: expires_at,
      hasPicture: has_picture === 1,
      features,
      encoded: { by: encoded_by, features: encoded },
    };
  };
  const putFeatures = (item: string, features: StoredItem["features"], encoded: 0 | 1): void => {
    for (const [modality, row] of Object.entries(features)) {
      run(
        "INSERT INTO features (item, modality, encoded, row) VALUES (?, ?, ?, ?)",
        item,
        modality,
        encoded,
        bytesOf(row),
      );
    }
  };
  const putItem = ({
    id,
    title,
    text,
    categories,
    attributes,
    expiresAt,
    features,
    encoded,
    picture,
  }: ItemWrite): void => {
    run(
      `INSERT INTO items (id, title, text, categories, attributes, expires_at, encoded_by) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, categories = excluded.categories,
         attributes = excluded.attributes, expires_at = excluded.expires_at, encoded_by = excluded.encoded_by`,
      id,
      title ?? null,
      text ?? null,
      JSON.stringify(categories),
      JSON.stringify(attributes),
      expiresAt ?? null,
      encoded.by,
    );
    run("DELETE FROM features WHERE item = ?", id);
    putFeatures(id, features, 0);
    putFeatures(id, encoded.features, 1);
    if (picture === null) run("DELETE FROM pictures WHERE item = ?", id);
    else if (picture !== undefined) run("INSERT OR REPLACE INTO pictures (item, bytes) VALUES (?, ?)", id, picture);
    run("DELETE FROM deleted_items WHERE id = ?", id);
    changed("item", id);
  };

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
    item: (id) =>
      attempt(() => {
        const found = first(itemRow, `SELECT ${itemColumns} FROM items WHERE id = ?`, id);
        return found === undefined ? undefined : itemOf(found);
      }),
    picture: (id) => attempt(() => first(z.object({ bytes }), "SELECT bytes FROM pictures WHERE item = ?", id)?.bytes),
    items: async function* () {
      let after = "";
      for (;;) {
        const block = await attempt(() =>
          rows(itemRow, `SELECT ${itemColumns} FROM items WHERE id > ? ORDER BY id LIMIT ?`, after, itemsPerBlock).map(
            itemOf,
          ),
        );
        if (block.length > 0) yield block;
        const last = block.at(-1);
        if (last === undefined || block.length < itemsPerBlock) return;
        after = last.id;
      }
    },
    putItems: (items) => write(() => items.forEach(putItem)),
    putEncoded: (id, encoded) =>
      write(() => {
        if (run("UPDATE items SET encoded_by = ? WHERE id = ?", encoded.by, id) === 0) return;
        run("DELETE FROM features WHERE item = ? AND encoded = 1", id);
        putFeatures(id, encoded.features, 1);
      }),
    deleteItem: (id) =>
      write(() => {
        const found = run("DELETE FROM items WHERE id = ?", id) > 0;
        run("INSERT OR IGNORE INTO deleted_items (id) VALUES (?)", id);
        changed("item", id);
        return found;
      }),
    deletedItems: () =>
      attempt(() => rows(z.object({ id: z.string() }), "SELECT id FROM deleted_items").map(({ id }) => id)),
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
      await attempt(() => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
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
    position: () =>
      attempt(
        () =>
          first(z.object({ last: z.number() }), "SELECT coalesce(max(position), 0) AS last FROM changes")?.last ?? 0,
      ),
    changesSince: (position, most) =>
      attempt(() =>
        rows(
          changeRow,
          "SELECT position, kind, id FROM changes WHERE position > ? ORDER BY position LIMIT ?",
          position,
          most,
        ),
      ),
    keys: () => attempt(() => rows(keyRow, "SELECT * FROM access_keys ORDER BY created_at, id").map(keyOf)),
    key: (id) =>
      attempt(() => {
        const found = first(keyRow, "SELECT * FROM access_keys WHERE id = ?", id);
        return found === undefined ? undefined : keyOf(found);
      }),
    addKey: ({ id, name, scope, hash, createdAt, expiresAt }) =>
      write(() => {
        const sql = "INSERT INTO access_keys (id, name, scope, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
        run(sql, id, name, scope, hash, createdAt, expiresAt ?? null);
      }),
    revokeKey: (id, at) =>
      write(() => run("UPDATE access_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", at, id) > 0),
    models: () =>
      attempt(() =>
        rows(modelRow, "SELECT version, folder, created_at, note FROM models ORDER BY created_at, version").map(
          modelOf,
        ),
      ),
    addModel: ({ version, folder, createdAt, note }, takesOverFrom) =>
      write(() => {
        const sql = "INSERT INTO models (version, folder, created_at, note) VALUES (?, ?, ?, ?)";
        run(sql, version, folder, createdAt, JSON.stringify(note));
        if (takesOverFrom === undefined) return false;
        if (run("UPDATE models SET served = 0 WHERE version = ? AND served = 1", takesOverFrom) === 0) return false;
        run("UPDATE models SET served = 1 WHERE version = ?", version);
        changed("model", version);
        return true;
      }),
    servedModel: () =>
      attempt(() => first(z.object({ version: z.string() }), "SELECT version FROM models WHERE served = 1")?.version),
    serveModel: (version) =>
      write(() => {
        if (run("UPDATE models SET served = 1 WHERE version = ?", version) === 0) {
          throw new RunError(`there is no version ${version}; the list of versions has those that can be served`);
        }
        run("UPDATE models SET served = 0 WHERE version <> ?", version);
        changed("model", version);
      }),
    removeModel: (version) => write(() => run("DELETE FROM models WHERE version = ? AND served = 0", version) > 0),
    holdLease: (name, holder, milliseconds) =>
      write(() => {
        const sql = `INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
          SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until <= ?`;
        const now = Date.now();
        return run(sql, name, holder, now + milliseconds, now) > 0;
      }),
    leaseHolder: (name) =>
      attempt(() => first(z.object({ holder: z.string() }), "SELECT holder FROM leases WHERE name = ?", name)?.holder),
    releaseLease: async (name, holder) => {
      await write(() => run("DELETE FROM leases WHERE name = ? AND holder = ?", name, holder));
    },
    close: async () => database.close(),
  };
}
