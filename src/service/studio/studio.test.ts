/** The studio of a service over real sockets: who may ask for what, and that it shows the catalogue and the people as they are now. */
import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  comparisonSchema,
  explanationSchema,
  itemPageSchema,
  mapAnswerSchema,
  personSchema,
  studioSchema,
  trainingSchema,
  usersSchema,
  wallSchema,
} from "../../studio/api.ts";
import { createStudioApp } from "../../studio/server/app.ts";
import { createKey } from "../access/api-keys.ts";
import { pictureOfKind, type SmallService, startSmallService, textOfKind, trainSmallRun } from "../service.fixture.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { openLivingStudio } from "./living-studio.ts";

const root = temporaryRoot();
let run: string;
beforeAll(async () => {
  run = await trainSmallRun(root);
});
afterAll(() => fs.rmSync(root, { recursive: true }));

async function withService(
  use: (small: SmallService) => Promise<void>,
  options: Parameters<typeof startSmallService>[1] = {},
): Promise<void> {
  const small = await startSmallService(run, options);
  try {
    await use(small);
  } finally {
    await small.service.stop();
  }
}

/** Every address that answers with data, as the application itself lists them, with values that exist. */
function dataRoutes({ service, store }: SmallService): readonly string[] {
  const living = openLivingStudio(service.living, store);
  const { routes } = createStudioApp(living.studio(true), { report: () => {}, at: "/studio" });
  living.close();
  return [
    ...new Set(
      routes.filter(({ method, path }) => method === "GET" && path.startsWith("/studio/api/")).map((r) => r.path),
    ),
  ].map((path) => {
    const address = path.replace(":run", "live").replace(":size", "96").replace(":item", "i1");
    return path.endsWith("/people") || path.includes("/explanations/") ? `${address}?user=u1` : address;
  });
}

const bearer = (key: string | undefined) => (key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });

describe("who may ask", () => {
  it("is whoever has a key that may read, for every address with data; the page is for everybody", async () => {
    await withService(async (small) => {
      const now = Date.now();
      const keys: Record<string, string> = {};
      for (const scope of ["read", "write", "admin"] as const)
        keys[scope] = (await createKey(small.store, { scope }, now)).key;
      keys.expired = (await createKey(small.store, { scope: "admin", expiresAt: now - 1 }, now)).key;
      const revoked = await createKey(small.store, { scope: "admin" }, now);
      await small.store.revokeKey(revoked.stored.id, now);
      keys.revoked = revoked.key;
      keys.wrong = `${keys.read?.slice(0, -4)}AAAA`;
      const routes = dataRoutes(small);
      expect(routes.length).toBeGreaterThan(11);
      for (const route of routes) {
        for (const name of [undefined, "expired", "revoked", "wrong"] as const) {
          const refused = await small.call("GET", route, bearer(name === undefined ? undefined : keys[name]));
          expect(refused.status, `${route} with ${name}`).toBe(401);
          expect(refused.headers.get("content-type")).toBe("application/problem+json");
        }
        for (const name of ["read", "write", "admin"] as const) {
          const answer = await small.call("GET", route, bearer(keys[name]));
          // A service looks at no dataset's health, and says so.
          expect(answer.status, `${route} with ${name}`).toBe(route.endsWith("/health") ? 404 : 200);
        }
      }
      for (const path of ["/studio/api", "/studio/api/none", "/studio/api/runs/live/none"]) {
        expect((await small.call("GET", path)).status).toBe(401);
        expect((await small.call("GET", path, bearer(keys.read))).status).toBe(404);
      }
      for (const path of [
        "/studio/%61pi/studio",
        "/studio//api/studio",
        "/studio/api%2Fstudio",
        "/studio/API/studio",
      ]) {
        const { text } = await small.call("GET", path);
        expect(text, path).not.toContain('"runs"');
      }
      const page = await small.call("GET", "/studio/");
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(page.text).not.toContain("mug");
      for (const [, asset] of page.text.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g))
        expect((await small.call("GET", `/studio/${asset}`)).status).toBe(200);
    });
  });

  it("is this machine alone while there is no key", async () => {
    await withService(async (small) => {
      expect((await small.call("GET", "/studio/api/studio")).status).toBe(200);
      const { hostname, port } = new URL(small.url);
      const { request } = await import("node:http");
      const status = await new Promise((resolve, reject) => {
        const headers = { host: "rebound.example" };
        request({ hostname, port, path: "/studio/api/studio", headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on("error", reject)
          .end();
      });
      expect(status).toBe(403);
    });
  });

  it("is told users' ids only with a key of scope admin; a whole id finds one with any", async () => {
    await withService(async (small) => {
      const now = Date.now();
      const [read, admin] = await Promise.all(
        (["read", "admin"] as const).map(async (scope) => (await createKey(small.store, { scope }, now)).key),
      );
      const find = async (key: string | undefined, query: string) =>
        usersSchema.parse((await small.call("GET", `/studio/api/runs/live/users?query=${query}`, bearer(key))).json);
      expect(await find(read, "")).toEqual({ total: 0, listed: false, users: [] });
      expect((await find(read, "u")).users).toEqual([]);
      expect((await find(read, "u1")).users.map(({ id }) => id)).toEqual(["u1"]);
      expect((await find(admin, "")).users.length).toBe(24);
      expect((await find(admin, "U1")).users.map(({ id }) => id)).toContain("u12");
      await small.call("DELETE", "/v1/users/u12", bearer(admin));
      expect((await find(admin, "u1")).users.map(({ id }) => id)).not.toContain("u12");
      expect((await find(read, "u12")).users).toEqual([]);
    });
  });
});

it("carries the service's safe headers, with a policy for the page that lets nothing in from elsewhere", async () => {
  await withService(async (small) => {
    for (const path of ["/studio", "/studio/", "/studio/api/studio", "/studio/api/nowhere"]) {
      const { headers } = await small.call("GET", path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      const page = path === "/studio" || path === "/studio/";
      expect(headers.get("content-security-policy")).toContain(page ? "default-src 'self'" : "default-src 'none'");
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("content-security-policy")).not.toMatch(/unsafe-eval|script-src|https?:/);
      expect(headers.get("cache-control")).toBe(page ? "no-cache" : "no-store");
    }
    const bare = await fetch(`${small.url}/studio`, { redirect: "manual" });
    expect([bare.status, bare.headers.get("location")]).toEqual([308, "studio/"]);
    expect(small.log.join("\n")).toContain('"route":"/studio/api/*"');
  });
});

describe("what it shows", () => {
  const get = async (small: SmallService, path: string) => (await small.call("GET", `/studio/api/${path}`)).json;
  const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

  it("is the served model, by its version, with the catalogue as it is", async () => {
    await withService(async (small) => {
      const { runs, living } = studioSchema.parse(await get(small, "studio"));
      const version = await small.store.servedModel();
      expect(living?.version).toBe(version);
      expect(runs).toMatchObject([{ name: "live", items: 30, users: 40, status: "finished" }]);
      expect(trainingSchema.parse(await get(small, "runs/live/training")).history).toHaveLength(30);
      expect(comparisonSchema.parse(await get(small, "comparison")).runs).toMatchObject([{ name: version }]);
      expect((await get(small, "runs/other/items")).detail).toContain("shows the model that is served");
      expect((await get(small, "runs/live/health")).detail).toContain("latticework inspect");
    });
  });

  it("is an item at once when it was written, with the picture that it was given, and nowhere when it was deleted", async () => {
    await withService(async (small) => {
      await get(small, "runs/live/items");
      const picture = (await pictureOfKind(1)).toString("base64");
      const json = {
        title: "Scarf of today",
        text: textOfKind(1),
        categories: ["scarfs"],
        attributes: { wool: true },
        picture,
      };
      expect((await small.call("PUT", "/v1/items/new", { json })).json.recommendable).toBe(true);
      const wall = wallSchema.parse(await get(small, "runs/live/items?query=of+today"));
      expect(wall.items).toEqual([
        { id: "new", title: "Scarf of today", picture: true, popularity: 0, categories: ["scarfs"] },
      ]);
      const page = itemPageSchema.parse(await get(small, "runs/live/items/new"));
      expect(page.facts).toEqual([
        { name: "text", value: textOfKind(1) },
        { name: "wool", value: "true" },
      ]);
      expect([page.addedLater, page.weights]).toEqual([true, []]);
      const initial = page.columns.find(({ kind, modality }) => kind === "initial" && modality === "text");
      expect(initial?.neighbours.length).toBeGreaterThan(0);
      const trained = itemPageSchema.parse(await get(small, `runs/live/items/${initial?.neighbours[0]?.id}`));
      expect(trained.addedLater).toBe(false);
      expect(trained.columns.flatMap(({ neighbours }) => ids(neighbours))).toContain("new");
      const drawn = await fetch(`${small.url}/studio/api/runs/live/pictures/96/new`);
      expect([drawn.status, drawn.headers.get("content-type")]).toEqual([200, "image/webp"]);
      const tag = drawn.headers.get("etag") ?? "";
      const again = await fetch(drawn.url, { headers: { "if-none-match": tag } });
      expect(again.status).toBe(304);
      const { picture: _, ...other } = json;
      await small.call("PUT", "/v1/items/new", { json: { ...other, title: "Scarf of later" } });
      expect(wallSchema.parse(await get(small, "runs/live/items?query=later")).items).toMatchObject([
        { picture: true },
      ]);
      await small.call("PUT", "/v1/items/new/picture", {
        body: Uint8Array.from(await pictureOfKind(2)),
        headers: { "content-type": "image/png" },
      });
      const replaced = await fetch(drawn.url, { headers: { "if-none-match": tag } });
      expect(replaced.status).toBe(200);

      const map = mapAnswerSchema.parse(await get(small, "runs/live/map"));
      expect(map.state).not.toBe("none");
      expect((await small.call("DELETE", "/v1/items/new")).status).toBe(204);
      expect((await small.call("DELETE", "/v1/items/i4")).status).toBe(204);
      expect(wallSchema.parse(await get(small, "runs/live/items?query=later")).total).toBe(0);
      expect(ids(wallSchema.parse(await get(small, "runs/live/items?limit=120")).items)).not.toContain("i4");
      for (const path of ["items/new", "items/i4", "pictures/96/new", "pictures/96/i4"]) {
        expect((await small.call("GET", `/studio/api/runs/live/${path}`)).status, path).toBe(404);
      }
      const person = personSchema.parse(await get(small, "runs/live/people?user=u1"));
      expect(ids([...person.history, ...person.pool.map(({ item }) => item)])).not.toContain("i4");
      await expect.poll(async () => (await get(small, "runs/live/map")).state, { timeout: 60_000 }).toBe("ready");
      const ready = mapAnswerSchema.parse(await get(small, "runs/live/map"));
      if (ready.state !== "ready") throw new Error(ready.state);
      expect(ready.ids).toHaveLength(29);
      expect(ready.ids).not.toContain("i4");
      expect(Math.max(...ready.edges.from, ...ready.edges.to)).toBeLessThan(29);
    });
  });

  it("is a user as the service recommends to them now, with reasons that stand on what they did last", async () => {
    await withService(async (small) => {
      const list = async (user: string) => (await small.call("GET", `/v1/users/${user}/recommendations?count=20`)).json;
      const person = async (user: string) => personSchema.parse(await get(small, `runs/live/people?user=${user}`));
      for (const user of ["u1", "stranger"]) {
        const { pool, source } = await person(user);
        const { items, source: told } = await list(user);
        expect(source).toBe(told);
        expect(ids(pool.map(({ item }) => item)).slice(0, 20)).toEqual(ids(items));
      }
      await small.call("POST", "/v1/interactions", { json: { interactions: [{ user: "stranger", item: "i5" }] } });
      const { pool, history, source, unexplained } = await person("stranger");
      expect([source, unexplained, ids(history)]).toEqual(["model", undefined, ["i5"]]);
      expect(ids(pool.map(({ item }) => item)).slice(0, 20)).toEqual(ids((await list("stranger")).items));
      const first = pool[0]?.item.id;
      const why = explanationSchema.parse(await get(small, `runs/live/explanations/${first}?user=stranger`));
      expect(ids(why.reasons.map(({ item }) => item))).toContain("i5");
      expect(usersSchema.parse(await get(small, "runs/live/users?query=stranger")).users).toEqual([
        { id: "stranger", taken: 1 },
      ]);
      const session = personSchema.parse(await get(small, "runs/live/people?item=i5&item=unknown"));
      expect(ids(session.history)).toEqual(["i5"]);
    });
  });

  it("is another version as soon as that is served", async () => {
    const second = await trainSmallRun(root, 2);
    await withService(async (small) => {
      const before = studioSchema.parse(await get(small, "studio")).living?.version;
      await small.store.addModel({ version: "second", folder: second, createdAt: Date.now(), note: {} });
      const asked = Array.from({ length: 20 }, () => small.call("GET", "/studio/api/runs/live/people?user=u1"));
      expect((await small.call("POST", "/v1/models/second/serve")).status).toBeLessThan(300);
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 200));
      const after = studioSchema.parse(await get(small, "studio")).living?.version;
      expect([before === after, after]).toEqual([false, "second"]);
      expect(
        ids(personSchema.parse(await get(small, "runs/live/people?user=u1")).pool.map(({ item }) => item)),
      ).toEqual(ids((await small.call("GET", "/v1/users/u1/recommendations?count=30")).json.items));
    });
  });

  it("waits for a store that is away, in words", async () => {
    await withService(async (small) => {
      await get(small, "studio");
      small.store.setAway(true);
      const away = await small.call("GET", "/studio/api/runs/live/items/i1");
      expect([away.status, away.json.detail]).toEqual([503, expect.stringContaining("store")]);
      small.store.setAway(false);
      expect((await small.call("GET", "/studio/api/runs/live/items/i1")).status).toBe(200);
    });
  });
});

it("is nowhere when the service shows none", async () => {
  await withService(
    async (small) => {
      for (const path of ["/studio", "/studio/", "/studio/api/studio"])
        expect((await small.call("GET", path)).status).toBe(404);
    },
    { studio: false },
  );
});
