/** SQLite files as earlier versions left them, filled by their tables and not by today's code. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import * as earlier from "./earlier-contents.fixture.ts";
import { migrate, newestVersion } from "./sqlite-schema.ts";
import { migrationsConformance, type StoreContents } from "./store-migrations.conformance.ts";
import { bytesOf } from "./stored-rows.ts";

const root = temporaryRoot();
afterAll(() => fs.rmSync(root, { recursive: true }));
let files = 0;
const firstWithLeases = 2;

function using<T>(file: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function fill(database: DatabaseSync, version: number): void {
  const insert = (
    table: string,
    columns: string,
    ...values: readonly (string | number | Uint8Array | null)[]
  ): void => {
    const places = values.map(() => "?").join(", ");
    database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places})`).run(...values);
  };
  for (const { id, title, text, categories, attributes, expiresAt, features, encoded } of earlier.items) {
    const columns = "id, title, text, categories, attributes, expires_at, encoded_by";
    const lists = [JSON.stringify(categories), JSON.stringify(attributes)];
    insert("items", columns, id, title ?? null, text ?? null, ...lists, expiresAt ?? null, encoded.by);
    for (const [modality, row] of Object.entries(features)) {
      insert("features", "item, modality, encoded, row", id, modality, 0, bytesOf(row));
    }
    for (const [modality, row] of Object.entries(encoded.features)) {
      insert("features", "item, modality, encoded, row", id, modality, 1, bytesOf(row));
    }
  }
  insert("pictures", "item, bytes", "lamp", earlier.picture);
  insert("deleted_items", "id", earlier.deletedItem);
  for (const { key, user, item, event, weight, at } of earlier.interactions) {
    insert("interactions", "key, user, item, event, weight, at", key, user, item, event, weight, at);
  }
  insert("erased_users", "hash, at", Buffer.from(earlier.erasedUser.hash, "hex"), earlier.erasedUser.at);
  for (const { kind, id } of earlier.changes) insert("changes", "kind, id, at", kind, id, 100);
  const { id, name, scope, hash, createdAt, expiresAt = null } = earlier.key;
  insert("access_keys", "id, name, scope, hash, created_at, expires_at", id, name, scope, hash, createdAt, expiresAt);
  for (const [served, model] of earlier.models.entries()) {
    const { version, folder, createdAt, note } = model;
    const columns = "version, folder, created_at, note, served";
    insert("models", columns, version, folder, createdAt, JSON.stringify(note), served);
  }
  if (version >= firstWithLeases) {
    insert("leases", "name, holder, until", earlier.lease.name, earlier.lease.holder, 4_000_000_000_000);
  }
}

async function make(version: number): Promise<string> {
  const file = path.join(root, `store ${files++}.sqlite`);
  using(file, (database) => {
    database.exec("PRAGMA journal_mode = WAL");
    migrate(database, file, version);
    fill(database, version);
  });
  return file;
}

async function contents(file: string): Promise<StoreContents> {
  return using(file, (database) => {
    const schema = database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
    const tables = schema.filter(({ type }) => type === "table").map(({ name }) => String(name));
    return {
      schema: [database.prepare("PRAGMA user_version").get(), schema],
      rows: Object.fromEntries(tables.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all()])),
    };
  });
}

migrationsConformance("SQLite", {
  newestVersion,
  firstWithLeases,
  laterTable: "identity",
  earlierReplacement: "INSERT OR REPLACE INTO pictures (item, bytes) VALUES ('lamp', x'0102')",
  stores: () => ({
    make,
    contents,
    run: async (file, sql) => using(file, (database) => database.exec(sql)),
  }),
});

/** A process that waits to be told to open a store, and then says what it found. */
const opener = `
  import { openSqliteStore } from ${JSON.stringify(new URL("./sqlite-store.ts", import.meta.url).href)};
  process.stdout.write("ready ");
  process.stdin.once("data", async () => {
    const store = openSqliteStore(process.argv[1]);
    process.stdout.write(await store.identity() + " " + await store.interactionCount());
    await store.close();
    process.stdin.destroy();
  });
`;

describe("SQLite: a store of an earlier version", () => {
  it("is opened by two processes at once", async () => {
    const file = await make(1);
    const openers = await Promise.all(
      [0, 1].map(async () => {
        const { stdin, stdout, stderr } = spawn(process.execPath, ["--input-type=module", "--eval", opener, file]);
        const faults = text(stderr);
        await once(stdout, "readable");
        return { stdin, found: text(stdout), faults };
      }),
    );
    const database = new DatabaseSync(file);
    // Both have to wait for what somebody writes, and then one for the other.
    database.exec("BEGIN IMMEDIATE");
    for (const { stdin } of openers) stdin.write("open");
    await setTimeout(200);
    database.exec("COMMIT");
    database.close();
    const [first, second] = await Promise.all(openers.map(async ({ found, faults }) => (await found) + (await faults)));
    expect(first).toMatch(new RegExp(`^ready [0-9a-f]{32} ${earlier.interactions.length}$`));
    expect(second).toBe(first);
  });
});
