/** Who may call what: every endpoint of the OpenAPI document with no key, keys of each scope, and keys that are no longer valid. */
import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../access/api-keys.ts";
import { type SmallService, startSmallService, trainSmallRun } from "../service.fixture.ts";
import type { Scope } from "../store/store.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";

const root = temporaryRoot();
const keys: Record<string, string> = {};
let small: SmallService;
beforeAll(async () => {
  small = await startSmallService(await trainSmallRun(root));
  const now = Date.now();
  for (const scope of ["read", "write", "admin"] as const)
    keys[scope] = (await createKey(small.store, { scope }, now)).key;
  keys.expired = (await createKey(small.store, { scope: "admin", expiresAt: now - 1 }, now)).key;
  const revoked = await createKey(small.store, { scope: "admin" }, now);
  await small.store.revokeKey(revoked.stored.id, now);
  keys.revoked = revoked.key;
  keys.tampered = `${keys.admin?.slice(0, -1)}${keys.admin?.endsWith("A") ? "B" : "A"}`;
});
afterAll(async () => {
  await small.service.stop();
  fs.rmSync(root, { recursive: true });
});

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly scope: Scope | undefined;
}

async function operations(): Promise<readonly Operation[]> {
  const { json } = await small.call("GET", "/openapi.json");
  return Object.entries<Record<string, { "x-scope"?: Scope }>>(json.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, name) => (name === "key" ? "0123456789abcdef" : "none")),
      scope: operation["x-scope"],
    })),
  );
}

const order: readonly Scope[] = ["read", "write", "admin"];
/** What each way to come gets: let through, or which refusal. */
function expected(scope: Scope | undefined, key: string): "through" | 401 | 403 {
  if (scope === undefined) return "through";
  const has = order.map(String).indexOf(key);
  if (has < 0) return 401;
  return has >= order.indexOf(scope) ? "through" : 403;
}

describe("every endpoint", () => {
  it("lets through whom its scope says, and nobody else, before it looks at anything else", async () => {
    const all = await operations();
    expect(all.length).toBeGreaterThan(20);
    for (const { method, path, scope } of all) {
      for (const key of ["none", "read", "write", "admin", "expired", "revoked", "tampered", "nonsense"]) {
        const headers: Record<string, string> =
          key === "none" ? {} : { authorization: `Bearer ${keys[key] ?? "nonsense"}` };
        const answer = await small.call(method, path, { headers });
        const found = answer.status === 401 || answer.status === 403 ? answer.status : "through";
        expect(found, `${method} ${path} with ${key}`).toBe(expected(scope, key));
        if (found !== "through") {
          expect(answer.headers.get("content-type")).toBe("application/problem+json");
          expect(answer.json.status).toBe(found);
        }
      }
    }
  });

  it("is described on a page that stands alone", async () => {
    const { status, headers, text } = await small.call("GET", "/docs");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    for (const { method, path } of await operations()) {
      expect(text, path).toContain(`${method} ${path.split("none")[0]?.split("0123")[0]}`);
    }
    expect(text).not.toMatch(/<script|src=|https?:\/\//);
    expect(text).toContain('id="schema-Problem"');
  });

  it("is public only where that is meant", async () => {
    const open = (await operations()).filter(({ scope }) => scope === undefined).map(({ path }) => path);
    expect(open.toSorted()).toEqual(["/docs", "/healthz", "/openapi.json", "/readyz"]);
  });

  it("carries safe headers, names no server, and lets no page of elsewhere in", async () => {
    const headers = { origin: "https://evil.example", authorization: `Bearer ${keys.admin}` };
    for (const path of ["/healthz", "/v1/users/u1/recommendations", "/nowhere", "/v1/items/none"]) {
      const answer = await small.call("GET", path, { headers });
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("server")).toBeNull();
      expect(answer.headers.get("x-powered-by")).toBeNull();
    }
  });

  it("lets in the pages that it is told to, and no others", async () => {
    const folder = (await small.store.models())[0]?.folder ?? "";
    const open = await startSmallService(folder, { origins: ["https://shop.example"] });
    try {
      const preflight = (origin: string) =>
        open.call("OPTIONS", "/v1/interactions", {
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
          },
        });
      const welcome = await preflight("https://shop.example");
      expect(welcome.headers.get("access-control-allow-origin")).toBe("https://shop.example");
      expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
      const answer = await open.call("GET", "/v1/models", { headers: { origin: "https://shop.example" } });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "https://shop.example"]);
    } finally {
      await open.service.stop();
    }
  });

  it("makes and revokes keys, which count at once", async () => {
    const headers = { authorization: `Bearer ${keys.admin}` };
    const { status, json } = await small.call("POST", "/v1/keys", { json: { scope: "read", name: "web" }, headers });
    expect(status).toBe(201);
    const own = { headers: { authorization: `Bearer ${json.key}` } };
    expect((await small.call("GET", "/v1/models", own)).status).toBe(200);
    expect((await small.call("GET", "/v1/keys", { headers })).text).not.toContain(json.key.slice(20));
    expect((await small.call("DELETE", `/v1/keys/${json.id}`, { headers })).status).toBe(204);
    expect((await small.call("GET", "/v1/models", own)).status).toBe(401);
  });
});

describe("while there is no key", () => {
  it("serves this machine alone, by its own names", async () => {
    const open = await startSmallService((await small.store.models())[0]?.folder ?? "");
    try {
      expect((await open.call("GET", "/v1/models")).status).toBe(200);
      expect(open.log.some((line) => line.includes("no key exists"))).toBe(true);
      const { createGate } = await import("../access/gate.ts");
      const { createKeyChecker } = await import("../access/api-keys.ts");
      const gate = createGate(createKeyChecker(open.store, Date.now), { requestsPerSecond: 0 });
      const visit = async (address: string, host: string) =>
        gate.admit({ address, host, authorization: undefined }, "read");
      await expect(visit("::ffff:127.0.0.1", "localhost:4700")).resolves.toMatchObject({ scope: "admin" });
      await expect(visit("10.0.0.5", "localhost")).rejects.toMatchObject({ kind: "forbidden" });
      await expect(visit("127.0.0.1", "rebound.example")).rejects.toMatchObject({ kind: "forbidden" });
    } finally {
      await open.service.stop();
    }
  });
});

it("slows a key down that sends too much, and no other", async () => {
  const { createGate } = await import("../access/gate.ts");
  const { createKeyChecker } = await import("../access/api-keys.ts");
  const gate = createGate(createKeyChecker(small.store, Date.now), { requestsPerSecond: 1 });
  const visit = async (key: string | undefined) =>
    gate.admit({ address: "127.0.0.1", host: "localhost", authorization: `Bearer ${key}` }, "read");
  for (let n = 0; n < 10; n++) await visit(keys.read);
  await expect(visit(keys.read)).rejects.toMatchObject({ kind: "too-many", retryAfterSeconds: expect.any(Number) });
  await expect(visit(keys.write)).resolves.toBeDefined();
});

it("slows an address down that guesses keys, and says that it is the address", async () => {
  const { createGate } = await import("../access/gate.ts");
  const { createKeyChecker } = await import("../access/api-keys.ts");
  const gate = createGate(createKeyChecker(small.store, Date.now), { requestsPerSecond: 0 });
  const visit = async (address: string, key: string | undefined) =>
    gate.admit({ address, host: "localhost", authorization: `Bearer ${key}` }, "read");
  for (let n = 0; n < 300; n++) await visit("10.0.0.5", keys.tampered).catch(() => undefined);
  await expect(visit("10.0.0.5", keys.tampered)).rejects.toMatchObject({
    kind: "too-many",
    message: expect.stringContaining("from this address"),
  });
  await expect(visit("10.0.0.6", keys.tampered)).rejects.toMatchObject({ kind: "unauthorised" });
  await expect(visit("10.0.0.5", keys.read)).resolves.toBeDefined();
});
