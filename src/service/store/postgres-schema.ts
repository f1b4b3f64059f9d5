/**
 * Tables of the PostgreSQL store, in a schema of their own, by migrations: the database counts those that it has had, and gets the others when the
 * store is opened. Texts compare byte by byte, so that no update of the system's collations can disturb an index.
 */
import type { ClientBase, QueryConfig } from "pg";
import { ConfigError } from "../../errors.ts";

/** Ours among all locks of the database: "latt". */
const migrationLock = 0x6c_61_74_74;

/** An index over millions of rows takes longer than a statement may otherwise. */
const migrationMilliseconds = 3_600_000;

const migrations: readonly string[] = [
  `CREATE TABLE latticework.items (
     id text COLLATE "C" PRIMARY KEY, content text NOT NULL, expires_at bigint, encoded_by text NOT NULL
   );
   CREATE TABLE latticework.pictures (
     item text COLLATE "C" PRIMARY KEY REFERENCES latticework.items ON DELETE CASCADE, bytes bytea NOT NULL
   );
   ALTER TABLE latticework.pictures ALTER COLUMN bytes SET STORAGE EXTERNAL;
   CREATE TABLE latticework.features (
     item text COLLATE "C" REFERENCES latticework.items ON DELETE CASCADE, modality text COLLATE "C", encoded boolean, values bytea NOT NULL,
     PRIMARY KEY (item, modality, encoded)
   );
   CREATE TABLE latticework.deleted_items (id text COLLATE "C" PRIMARY KEY);
   CREATE TABLE latticework.interactions (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text COLLATE "C" NOT NULL UNIQUE, user_id text COLLATE "C" NOT NULL,
     item_id text COLLATE "C" NOT NULL, event text NOT NULL, weight double precision NOT NULL, at bigint NOT NULL
   );
   CREATE INDEX interactions_of_users ON latticework.interactions (user_id, at, id);
   CREATE TABLE latticework.erased_users (hash bytea PRIMARY KEY, at bigint NOT NULL);
   CREATE TABLE latticework.positions (one boolean PRIMARY KEY CHECK (one), last bigint NOT NULL) WITH (fillfactor = 10);
   INSERT INTO latticework.positions VALUES (true, 0);
   CREATE TABLE latticework.changes (position bigint PRIMARY KEY, kind text NOT NULL, id text COLLATE "C" NOT NULL, at timestamptz NOT NULL DEFAULT now());
   CREATE TABLE latticework.access_keys (
     id text COLLATE "C" PRIMARY KEY, name text NOT NULL, scope text NOT NULL, hash bytea NOT NULL, created_at bigint NOT NULL, expires_at bigint,
     revoked_at bigint
   );
   CREATE TABLE latticework.models (
     version text COLLATE "C" PRIMARY KEY, folder text NOT NULL, created_at bigint NOT NULL, note text NOT NULL, served boolean NOT NULL DEFAULT false
   );
   CREATE UNIQUE INDEX one_is_served ON latticework.models (served) WHERE served;
   CREATE TABLE latticework.leases (name text COLLATE "C" PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL);`,
  `CREATE INDEX changes_of_versions ON latticework.changes (position) WHERE kind = 'model';`,
  `CREATE TABLE latticework.identity (one boolean PRIMARY KEY CHECK (one), id text NOT NULL);
   INSERT INTO latticework.identity VALUES (true, gen_random_uuid()::text);`,
  // An erasure looks for the changes of its user.
  `CREATE INDEX changes_of_users ON latticework.changes (id) WHERE kind = 'user';`,
  // By the database itself: a process of an earlier version that still has the store open writes none.
  `ALTER TABLE latticework.pictures ADD COLUMN digest text GENERATED ALWAYS AS (encode(sha256(bytes), 'hex')) STORED;`,
];

export const newestVersion = migrations.length;

/**
 * Within a transaction; one process at a time.
 * @param version that the store is to be of
 * @throws ConfigError for a store that a newer version wrote
 */
export async function migrate(client: ClientBase, label: string, version = newestVersion): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
  const { rows: known } = await client.query("SELECT to_regclass('latticework.migrations') IS NOT NULL AS there");
  if (known[0]?.there !== true) {
    await client.query(
      "CREATE SCHEMA IF NOT EXISTS latticework; CREATE TABLE latticework.migrations (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
    );
  }
  const { rows } = await client.query("SELECT coalesce(max(version), 0) AS had FROM latticework.migrations");
  const had = Number(rows[0]?.had);
  if (had > version) {
    throw new ConfigError(`store ${label} is of version ${had}, expected at most ${version}; update Latticework`);
  }
  await client.query(`SET LOCAL statement_timeout = ${migrationMilliseconds}`);
  for (const [place, text] of migrations.slice(0, version).entries()) {
    if (place < had) continue;
    const migration: QueryConfig & { query_timeout: number } = { text, query_timeout: migrationMilliseconds };
    await client.query(migration);
    await client.query("INSERT INTO latticework.migrations (version) VALUES ($1)", [place + 1]);
  }
}
