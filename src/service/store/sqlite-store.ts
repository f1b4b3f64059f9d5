/**
 * The store as one SQLite file, with the SQLite that Node has. What was acknowledged survives a killed process and a lost machine. Several processes
 * of one machine can share the file. Items and interactions have files of their own; changes, keys, models and leases stand here.
 */
import { z } from "zod";
import { RunError } from "../../errors.ts";
import { openSqlite } from "./sqlite-connection.ts";
import { sqliteInteractions } from "./sqlite-interactions.ts";
import { sqliteItems } from "./sqlite-items.ts";
import { keyOf, keyRow, modelColumns, modelOf, modelRow } from "./sqlite-rows.ts";
import type { Store, StoredModel } from "./store.ts";
import { changeRow, identityRow } from "./stored-rows.ts";

/** @param file or ":memory:" for one that ends with the process @throws ConfigError when it cannot be opened */
export function openSqliteStore(file: string): Store {
  const database = openSqlite(file);
  const { run, rows, first, attempt, write, changed } = database;
  const insertModel = ({ version, folder, createdAt, note }: StoredModel): void => {
    const sql = "INSERT INTO models (version, folder, created_at, note) VALUES (?, ?, ?, ?)";
    run(sql, version, folder, createdAt, JSON.stringify(note));
  };
  return {
    ...sqliteItems(database),
    ...sqliteInteractions(database),
    identity: () =>
      attempt(() => {
        const [{ id }] = rows(identityRow, "SELECT id FROM identity");
        return id;
      }),
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
    dataChangesSince: (position) =>
      attempt(() => {
        // Those of users go when they are erased, and all but those of versions with time: counted is what stays.
        const sql = `SELECT coalesce(max(position), ?1) - ?1 - (SELECT count(*) FROM changes WHERE kind = 'model' AND position > ?1) AS count
          FROM changes`;
        return first(z.object({ count: z.number() }), sql, position)?.count ?? 0;
      }),
    pruneChanges: (milliseconds, most) =>
      write(() => {
        // Positions are in the order of time, so the oldest are found without an index.
        const sql = `DELETE FROM changes WHERE position < (SELECT max(position) FROM changes) AND position IN (
          SELECT position FROM (SELECT position, at FROM changes WHERE kind <> 'model' ORDER BY position LIMIT ?) WHERE at <= ?)`;
        return run(sql, most, Date.now() - milliseconds);
      }),
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
      attempt(() => rows(modelRow, `SELECT ${modelColumns} FROM models ORDER BY created_at, version`).map(modelOf)),
    addModel: (model, takesOverFrom) =>
      write(() => {
        const { version } = model;
        insertModel(model);
        if (takesOverFrom === undefined) return false;
        if (run("UPDATE models SET served = 0 WHERE version = ? AND served = 1", takesOverFrom) === 0) return false;
        run("UPDATE models SET served = 1 WHERE version = ?", version);
        changed("model", version);
        return true;
      }),
    addModelOfFolder: (model) =>
      write(() => {
        const sql = `SELECT ${modelColumns} FROM models WHERE folder = ? ORDER BY created_at, version LIMIT 1`;
        const known = first(modelRow, sql, model.folder);
        if (known === undefined) insertModel(model);
        return known === undefined ? model : modelOf(known);
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
