/** Tables of the embedded store, by migrations: the database counts those that it has had, and gets the others when it is opened. */
import type { DatabaseSync } from "node:sqlite";
import { ConfigError } from "../../errors.ts";
import { pictureDigest } from "./picture-digest.ts";

const migrations: readonly string[] = [
  `CREATE TABLE items (
     id TEXT PRIMARY KEY, title TEXT, text TEXT, categories TEXT NOT NULL, attributes TEXT NOT NULL, expires_at INTEGER, encoded_by TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE pictures (item TEXT PRIMARY KEY REFERENCES items ON DELETE CASCADE, bytes BLOB NOT NULL) STRICT;
   CREATE TABLE features (
     item TEXT NOT NULL REFERENCES items ON DELETE CASCADE, modality TEXT NOT NULL, encoded INTEGER NOT NULL, row BLOB NOT NULL,
     PRIMARY KEY (item, modality, encoded)
   ) STRICT;
   CREATE TABLE deleted_items (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
   CREATE TABLE interactions (
     id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, user TEXT NOT NULL, item TEXT NOT NULL, event TEXT NOT NULL,
     weight REAL NOT NULL, at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX interactions_of_users ON interactions (user, at);
   CREATE TABLE erased_users (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE changes (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
   CREATE TABLE access_keys (
     id TEXT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, hash BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
     revoked_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE models (
     version TEXT PRIMARY KEY, folder TEXT NOT NULL, created_at INTEGER NOT NULL, note TEXT NOT NULL, served INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  `CREATE INDEX changes_of_versions ON changes (position) WHERE kind = 'model';`,
  `CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
   INSERT INTO identity VALUES (1, lower(hex(randomblob(16))));`,
  // An erasure looks for the changes of its user.
  `CREATE INDEX changes_of_users ON changes (id) WHERE kind = 'user';`,
  // Beside the pictures: what stands behind many bytes of a row is read through all of them.
  `CREATE TABLE picture_digests (item TEXT PRIMARY KEY REFERENCES pictures ON DELETE CASCADE, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO picture_digests SELECT item, sha256(bytes) FROM pictures;`,
];

export const newestVersion = migrations.length;

/**
 * Gives the connection a function `sha256` as well.
 * @param version that the store is to be of
 * @throws ConfigError for a store that a newer version wrote
 */
export function migrate(database: DatabaseSync, label: string, version = newestVersion): void {
  database.function("sha256", { deterministic: true }, (picture) =>
    picture instanceof Uint8Array ? pictureDigest(picture) : null,
  );
  database.exec("BEGIN IMMEDIATE");
  try {
    const had = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (had > version) {
      throw new ConfigError(`store ${label} is of version ${had}, expected at most ${version}; update Latticework`);
    }
    for (const migration of migrations.slice(had, version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
