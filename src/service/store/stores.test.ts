/** The stores there are, each held to what every store has to do. */
import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../errors.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { createMemoryStore } from "./memory-store.fixture.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { storeConformance } from "./store.conformance.ts";

const root = temporaryRoot();
afterAll(() => fs.rmSync(root, { recursive: true }));
let files = 0;
let last = "";
const newFile = (): string => {
  last = path.join(root, `store ${files++}.sqlite`);
  return last;
};

storeConformance("in memory", async () => createMemoryStore());
storeConformance(
  "SQLite",
  async () => openSqliteStore(newFile()),
  async () => openSqliteStore(last),
);

describe("SQLite", () => {
  it("refuses what is no store, and one of a newer version", () => {
    const file = newFile();
    fs.writeFileSync(
      file,
      "this is no database at all, but text that is long enough to be taken for a header".repeat(20),
    );
    expect(() => openSqliteStore(file)).toThrow(ConfigError);
    const newer = newFile();
    const database = new DatabaseSync(newer);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(() => openSqliteStore(newer)).toThrow("is of version 99, expected at most");
  });

  it("keeps changes when it is opened, however old, and finds those of a user by an index", async () => {
    const file = newFile();
    const store = openSqliteStore(file);
    await store.addInteractions(
      ["ann", "bob"].map((user) => ({ key: user, user, item: "a", event: "view", weight: 1, at: 1 })),
    );
    const database = new DatabaseSync(file);
    database.exec("UPDATE changes SET at = 0");
    const again = openSqliteStore(file);
    expect((await again.changesSince(0, 9)).map(({ id }) => id)).toEqual(["ann", "bob"]);
    const plan = database.prepare("EXPLAIN QUERY PLAN DELETE FROM changes WHERE kind = 'user' AND id = ?").all("ann");
    expect(plan.map(({ detail }) => detail).join()).toContain("USING INDEX changes_of_users");
    database.close();
    await store.close();
    await again.close();
  });

  it("leaves nothing of an erased user in its files", async () => {
    const file = newFile();
    const store = openSqliteStore(file);
    const user = "somebody-with-a-name";
    const at = 1000;
    await store.addInteractions([{ key: "1", user, item: "a", event: "view", weight: 1, at }]);
    const bytes = () =>
      fs
        .readdirSync(root)
        .filter((name) => path.join(root, name).startsWith(file))
        .map((name) => fs.readFileSync(path.join(root, name), "latin1"))
        .join("");
    expect(bytes()).toContain(user);
    await store.eraseUser(user, at);
    expect(bytes()).not.toContain(user);
    await store.close();
  });
});
