/** The PostgreSQL store against a real server: what every store has to do, followers that miss nothing, and a server that goes away. */
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../errors.ts";
import { openStore } from "./open-store.ts";
import { freePort, hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.fixture.ts";
import { storeConformance } from "./store.conformance.ts";
import { type Store, type StoredInteraction, StoreUnavailable } from "./store.ts";
import { itemWith } from "./store-parts.fixture.ts";

if (!hasPostgres) console.warn("NOT TESTED: the PostgreSQL store; no server (initdb, postgres) is installed here");

const interaction = (key: string, user = "ann"): StoredInteraction => ({
  key,
  user,
  item: "a",
  event: "view",
  weight: 1,
  at: 1,
});

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  let server: PostgresServer;
  let last = "";
  const openNew = async (): Promise<Store> => {
    last = await server.createDatabase();
    return openStore(last);
  };
  beforeAll(async () => {
    server = await startPostgres(["fsync=off"]);
  });
  afterAll(() => server.remove());

  storeConformance("PostgreSQL", openNew, () => openStore(last));

  it("gives positions such that a follower misses nothing, whoever writes meanwhile", async () => {
    const stores = [await openNew(), await openStore(last), await openStore(last)];
    const seen: string[] = [];
    let position = 0;
    const follow = async (): Promise<void> => {
      for (const change of await stores[2].changesSince(position, 50)) {
        expect(change.position).toBe(position + 1);
        position = change.position;
        seen.push(change.id);
      }
    };
    let writing = true;
    const follower = (async () => {
      while (writing) await follow();
    })();
    await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        stores[n % 2].addInteractions(
          Array.from({ length: 1 + (n % 3) }, (_, m) => interaction(`${n}/${m}`, `u${n}/${m}`)),
        ),
      ),
    );
    writing = false;
    await follower;
    while (position < (await stores[2].position())) await follow();
    expect(seen.toSorted()).toEqual(
      Array.from({ length: 200 }, (_, n) => Array.from({ length: 1 + (n % 3) }, (_, m) => `u${n}/${m}`))
        .flat()
        .toSorted(),
    );
    await Promise.all(stores.map((store) => store.close()));
  });

  it("does not write a new item over one that somebody else has begun to write with a picture", async () => {
    const store = await openNew();
    const client = new Client({ connectionString: last });
    await client.connect();
    await client.query(`BEGIN; INSERT INTO latticework.items (id, content, encoded_by) VALUES ('a', '{"categories":[],"attributes":{}}', '');
      INSERT INTO latticework.pictures (item, bytes) VALUES ('a', '\\x01')`);
    const written = store.putItems([itemWith("b"), itemWith("a", { expectedPicture: null })]);
    const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    await client.query("COMMIT");
    await client.end();
    expect(await written).toBe(false);
    expect(await store.item("b")).toBeUndefined();
    await store.close();
  });

  it("takes the same bulks in opposite orders at once", async () => {
    const store = await openNew();
    const keys = Array.from({ length: 300 }, (_, n) => `k${n}`);
    const items = keys.map((id) => itemWith(id));
    const added = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        store.addInteractions((n % 2 === 0 ? keys : keys.toReversed()).map((key) => interaction(key))),
      ),
    );
    expect(added.reduce((sum, set) => sum + set.size, 0)).toBe(300);
    await Promise.all(Array.from({ length: 8 }, (_, n) => store.putItems(n % 2 === 0 ? items : items.toReversed())));
    expect(await store.interactionCount()).toBe(300);
    await store.close();
  });

  it("migrates once when several processes open it at the same moment, and refuses a newer one", async () => {
    const address = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(address)));
    await Promise.all(stores.map((store) => store.close()));
    const client = new Client({ connectionString: address });
    await client.connect();
    await client.query("INSERT INTO latticework.migrations (version) VALUES (99)");
    await client.end();
    await expect(openStore(address)).rejects.toThrow(/is of version 99, expected at most/);
  });

  it("tells what is wrong with an address, never the password", async () => {
    const nobody = `postgres://owner:secret@127.0.0.1:${await freePort()}/shop`;
    const refusal = await openStore(nobody).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(String(refusal)).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+\/shop .*ECONNREFUSED/);
    expect(String(refusal)).not.toContain("secret");
    const wrong = await openStore(server.address.replace("owner:", "owner:x")).catch((error: unknown) => error);
    expect(String(wrong)).toContain("password authentication failed");
    await expect(openStore("postgres://[")).rejects.toThrow("expected postgres://user:password@host:port/database");
  });

  it("is unavailable while the server is away, and goes on by itself when it is back", async () => {
    const store = await openNew();
    await store.addInteractions([interaction("before")]);
    await server.end("SIGKILL");
    await expect(store.addInteractions([interaction("away")])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.history("ann", 5)).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.item("a")).rejects.toThrow(/cannot be used now/);
    await server.start();
    await setTimeout(0);
    expect(await store.addInteractions([interaction("away"), interaction("before")])).toEqual(new Set(["away"]));
    expect((await store.history("ann", 5)).length).toBe(2);
    await store.close();
  });
});
