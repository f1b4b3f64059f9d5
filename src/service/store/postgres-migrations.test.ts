/** PostgreSQL databases as earlier versions left them, filled by their tables and not by today's code. */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as earlier from "./earlier-contents.fixture.ts";
import { openStore } from "./open-store.ts";
import { migrate, newestVersion } from "./postgres-schema.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.fixture.ts";
import { migrationsConformance, type StoreContents } from "./store-migrations.conformance.ts";
import { bytesOf } from "./stored-rows.ts";

if (!hasPostgres) console.warn("NOT TESTED: migrations of the PostgreSQL store; no server is installed here");

async function using<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function fill(client: Client): Promise<void> {
  const insert = async (table: string, columns: string, ...values: readonly unknown[]): Promise<void> => {
    const places = values.map((_, n) => `$${n + 1}`).join(", ");
    await client.query(`INSERT INTO latticework.${table} (${columns}) VALUES (${places})`, [...values]);
  };
  for (const { id, title, text, categories, attributes, expiresAt, features, encoded } of earlier.items) {
    const content = JSON.stringify({ title, text, categories, attributes });
    await insert("items", "id, content, expires_at, encoded_by", id, content, expiresAt ?? null, encoded.by);
    for (const [modality, row] of Object.entries(features)) {
      await insert("features", "item, modality, encoded, values", id, modality, false, bytesOf(row));
    }
    for (const [modality, row] of Object.entries(encoded.features)) {
      await insert("features", "item, modality, encoded, values", id, modality, true, bytesOf(row));
    }
  }
  await insert("pictures", "item, bytes", "lamp", Buffer.from(earlier.picture));
  await insert("deleted_items", "id", earlier.deletedItem);
  for (const { key, user, item, event, weight, at } of earlier.interactions) {
    await insert("interactions", "key, user_id, item_id, event, weight, at", key, user, item, event, weight, at);
  }
  await insert("erased_users", "hash, at", Buffer.from(earlier.erasedUser.hash, "hex"), earlier.erasedUser.at);
  for (const { position, kind, id } of earlier.changes)
    await insert("changes", "position, kind, id", position, kind, id);
  await client.query("UPDATE latticework.positions SET last = $1", [earlier.changes.length]);
  const { id, name, scope, hash, createdAt, expiresAt } = earlier.key;
  const ofKey = [id, name, scope, Buffer.from(hash), createdAt, expiresAt];
  await insert("access_keys", "id, name, scope, hash, created_at, expires_at", ...ofKey);
  for (const [served, { version, folder, createdAt, note }] of earlier.models.entries()) {
    const ofModel = [version, folder, createdAt, JSON.stringify(note), served === 1];
    await insert("models", "version, folder, created_at, note, served", ...ofModel);
  }
  await insert("leases", "name, holder, until", earlier.lease.name, earlier.lease.holder, "2090-01-01");
}

async function contents(address: string): Promise<StoreContents> {
  return using(address, async (client) => {
    const rowsOf = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
    const tables = await rowsOf("SELECT tablename FROM pg_tables WHERE schemaname = 'latticework' ORDER BY tablename");
    const rows: Record<string, readonly unknown[]> = {};
    for (const { tablename } of tables)
      rows[String(tablename)] = await rowsOf(`SELECT * FROM latticework.${tablename}`);
    return {
      schema: [
        await rowsOf(
          `SELECT table_name, column_name, ordinal_position, data_type, collation_name, is_nullable, column_default, generation_expression
           FROM information_schema.columns WHERE table_schema = 'latticework' ORDER BY table_name, ordinal_position`,
        ),
        await rowsOf("SELECT indexdef FROM pg_indexes WHERE schemaname = 'latticework' ORDER BY indexname"),
        await rowsOf(
          `SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'latticework'::regnamespace ORDER BY conrelid::regclass::text, conname`,
        ),
      ],
      rows,
    };
  });
}

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(["fsync=off"]);
  });
  afterAll(() => server.remove());

  const make = async (version: number): Promise<string> => {
    const address = await server.createDatabase();
    await using(address, async (client) => {
      await client.query("BEGIN");
      await migrate(client, address, version);
      await fill(client);
      await client.query("COMMIT");
    });
    return address;
  };

  migrationsConformance("PostgreSQL", {
    newestVersion,
    firstWithLeases: 1,
    laterTable: "latticework.identity",
    earlierReplacement: `INSERT INTO latticework.pictures (item, bytes) VALUES ('lamp', '\\x0102')
      ON CONFLICT (item) DO UPDATE SET bytes = excluded.bytes`,
    stores: () => ({
      make,
      contents,
      run: (address, sql) => using(address, async (client) => void (await client.query(sql))),
    }),
  });

  it("is opened by several at once, also where an earlier version made it, and gets each migration once", async () => {
    const address = await make(1);
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(address)));
    const found = await Promise.all(
      stores.map(async (store) => [await store.identity(), await store.interactionCount()]),
    );
    expect(found).toEqual(stores.map(() => [found[0][0], earlier.interactions.length]));
    await Promise.all(stores.map((store) => store.close()));
    const { rows } = await contents(address);
    expect(rows.migrations).toHaveLength(newestVersion);
  });
});
