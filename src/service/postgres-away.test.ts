/** A service whose PostgreSQL goes away, is silent, and comes back, over real sockets: what needs it says so, what does not goes on, and nobody starts anything again. */
import fs from "node:fs";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "./access/api-keys.ts";
import { type CallOptions, type SmallService, startSmallService, trainSmallRun } from "./service.fixture.ts";
import { openStore } from "./store/open-store.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "./store/postgres-server.fixture.ts";
import { temporaryRoot } from "./temporary-root.fixture.ts";

if (!hasPostgres) {
  console.warn("NOT TESTED: a service whose PostgreSQL goes away; no server (initdb, postgres) is installed here");
}

/** Between the service and PostgreSQL; while it is silent, bytes go nowhere and connections stay open. */
async function startWire(port: number) {
  let silent = false;
  const server = net.createServer((from) => {
    const to = net.connect(port, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ]) {
      one.on("data", (bytes) => {
        if (!silent) other.write(bytes);
      });
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    port: address.port,
    setSilent: (value: boolean): void => {
      silent = value;
    },
    close: () => server.close(),
  };
}

describe.skipIf(!hasPostgres)("a service on PostgreSQL", () => {
  const root = temporaryRoot();
  let run = "";
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(["fsync=off"]);
    run = await trainSmallRun(root);
  });
  afterAll(async () => {
    await server.remove();
    fs.rmSync(root, { recursive: true });
  });

  const interaction = { interactions: [{ user: "ann", item: "i1", key: "once" }] };
  const list = "/v1/users/u1/recommendations";
  async function expectAway({ call }: SmallService, options: CallOptions): Promise<void> {
    const refused = [
      await call("POST", "/v1/interactions", { ...options, json: interaction }),
      await call("PUT", "/v1/items/new", { ...options, json: { title: "new" } }),
      await call("GET", "/v1/users/nobody-asked-for-yet/recommendations", options),
      await call("GET", "/v1/models", options),
      await call("GET", "/readyz"),
    ];
    for (const { status, headers, json } of refused) {
      expect([status, headers.get("content-type")]).toEqual([503, "application/problem+json"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(json.type).toBe("urn:latticework:problem:unavailable");
    }
    expect((await call("GET", "/healthz")).status).toBe(200);
  }

  it.each(["a key", "no key"])(
    "with %s: refuses what needs the store, goes on with the rest, and recovers",
    async (access) => {
      const address = await server.createDatabase();
      const store = await openStore(address);
      const key = access === "a key" ? (await createKey(store, { scope: "admin" }, Date.now())).key : undefined;
      const options: CallOptions = key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } };
      const small = await startSmallService(run, { store });
      try {
        const before = await small.call("GET", list, options);
        expect([before.status, (await small.call("GET", "/readyz")).status]).toEqual([200, 200]);
        await server.end("SIGKILL");
        await expect.poll(async () => (await small.call("GET", "/readyz")).status, { timeout: 20_000 }).toBe(503);
        await expectAway(small, options);
        // Longer than what is known of a key is fresh.
        await new Promise((resolve) => setTimeout(resolve, 2500));
        for (const path of [list, `${list}?count=3`, "/v1/items/i1/similar"]) {
          expect((await small.call("GET", path, options)).status).toBe(200);
        }
        const wrong = await small.call("GET", list, {
          headers: { authorization: `Bearer lw_${"0".repeat(16)}_${"x".repeat(43)}` },
        });
        expect(wrong.status).toBe(503);

        await server.start();
        await expect.poll(async () => (await small.call("GET", "/readyz")).status, { timeout: 60_000 }).toBe(200);
        const sent = await small.call("POST", "/v1/interactions", { ...options, json: interaction });
        expect([sent.status, sent.json]).toEqual([200, { accepted: 1, duplicates: 0 }]);
        expect((await small.call("GET", "/v1/users/ann/recommendations", options)).json.source).toBe("model");
        await expect
          .poll(() => small.log.some((line) => line.includes("the store is back")), { timeout: 20_000 })
          .toBe(true);
      } finally {
        await small.service.stop();
      }
    },
  );

  it("is not ready while the store is silent, and alive; what it knows goes on, and nobody waits for long for the rest", async () => {
    const address = new URL(await server.createDatabase());
    const wire = await startWire(Number(address.port));
    address.port = String(wire.port);
    const store = await openStore(address.href);
    const { key } = await createKey(store, { scope: "read" }, Date.now());
    const options: CallOptions = { headers: { authorization: `Bearer ${key}` } };
    const small = await startSmallService(run, { store });
    try {
      expect((await small.call("GET", list, options)).status).toBe(200);
      expect((await small.call("GET", "/readyz")).status).toBe(200);
      wire.setSilent(true);
      // Longer than what is known of a key is fresh.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const lists = Array.from({ length: 30 }, () => small.call("GET", list, options));
      for (const answer of await Promise.all(lists)) expect(answer.status).toBe(200);
      const unread = await small.call("GET", "/v1/users/nobody-asked-for-yet/recommendations", options);
      expect(unread.status).toBe(503);
      const { status, headers, json } = await small.call("GET", "/readyz");
      expect([status, json.detail]).toEqual([503, "The store does not answer"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await small.call("GET", "/healthz")).status).toBe(200);
    } finally {
      await server.end("SIGKILL");
      wire.close();
      await small.service.stop();
      await server.start();
    }
  }, 40_000);
});
