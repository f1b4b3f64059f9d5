/** The client against the service: it has every operation of the OpenAPI document under its name, sends what the document says, and reads what comes back. */
import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureOfKind, type SmallService, startSmallService, textOfKind, trainSmallRun } from "../service.fixture.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { createClient, type LatticeworkClient, ServiceProblem } from "./index.ts";

const root = temporaryRoot();
let small: SmallService;
/** Method and path of what was sent. */
const sent: { readonly method: string; readonly path: string; readonly type: string | null }[] = [];
let client: LatticeworkClient;
beforeAll(async () => {
  const run = await trainSmallRun(root);
  small = await startSmallService(run, { retraining: () => ({ begin: async () => true }) });
  client = createClient({
    url: `${small.url}/`,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      sent.push({
        method: init?.method ?? "GET",
        path: new URL(String(input)).pathname,
        type: headers.get("content-type"),
      });
      return fetch(input, init);
    },
  });
});
afterAll(async () => {
  await small.service.stop();
  fs.rmSync(root, { recursive: true });
});

async function gathered<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe("the client", () => {
  it("has every operation, and sends it where and as the document says", async () => {
    const picture = new Uint8Array(await pictureOfKind(0));
    const { version } = small.service.living.served;
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      recommend: () => client.recommend("u1", { count: 3 }),
      recommendBy: () => client.recommend("u1", { deny: ["i1"], boosts: { items: { i2: 1 } } }),
      recommendSession: () => client.recommendSession(["i1", { id: "i2", weight: 2 }], { count: 3 }),
      similar: () => client.similar("i1", { by: "text", count: 2 }),
      explain: () => client.explain("u1", "i2", { count: 1 }),
      putItem: () => client.putItem("a/b", { title: "New", text: textOfKind(0), categories: ["mugs"] }),
      patchItem: () => client.patchItem("a/b", { title: "Newer", categories: null, attributes: { colour: "red" } }),
      getItem: () => client.getItem("a/b"),
      putPicture: () => client.putPicture("a/b", picture, "image/png"),
      getPicture: () => client.getPicture("a/b"),
      importItems: () =>
        client.importItems([
          { id: "c", text: textOfKind(1) },
          { id: "d", text: textOfKind(2) },
        ]),
      exportItems: () => gathered(client.exportItems()),
      deleteItem: () => client.deleteItem("d"),
      addInteractions: () =>
        client.addInteractions(
          [
            { user: "x", item: "i1" },
            { user: "x", item: "i2" },
          ],
          "once",
        ),
      importInteractions: () => client.importInteractions([{ user: "y", item: "i1" }]),
      exportUser: () => gathered(client.exportUser("x")),
      eraseUser: () => client.eraseUser("x"),
      listModels: () => client.listModels(),
      serveModel: () => client.serveModel(version),
      retrain: () => client.retrain(),
      createKey: () => client.createKey({ scope: "admin" }),
      listKeys: async () => undefined,
      revokeKey: async () => undefined,
      ready: () => client.ready(),
    };
    const { json: document } = await small.call("GET", "/openapi.json");
    const operations = Object.entries<Record<string, { operationId: string; requestBody?: { content: object } }>>(
      document.paths,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    );
    const forPeopleAndProbes = ["docs", "openapi", "metrics", "health"];
    expect(
      operations
        .map(({ operationId }) => operationId)
        .filter((id) => !forPeopleAndProbes.includes(id))
        .toSorted(),
    ).toEqual(Object.keys(calls).toSorted());
    const results: Record<string, unknown> = {};
    for (const [id, make] of Object.entries(calls)) {
      const before = sent.length;
      results[id] = await make();
      const operation = operations.find(({ operationId }) => operationId === id);
      const [request] = sent.slice(before);
      if (request === undefined || operation === undefined) continue;
      expect(request.method.toLowerCase(), id).toBe(operation.method);
      expect(request.path, id).toMatch(new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`));
      if (operation.requestBody !== undefined)
        expect(Object.keys(operation.requestBody.content), id).toContain(request.type);
      else expect(request.type, id).toBeNull();
    }
    expect(results).toMatchObject({
      recommend: { source: "model", items: expect.any(Array) },
      recommendSession: { items: { length: 3 } },
      similar: { by: "text", items: { length: 2 } },
      explain: { reasons: { length: 1 } },
      putItem: { id: "a/b", recommendable: true },
      patchItem: { id: "a/b", recommendable: true },
      getItem: { id: "a/b", title: "Newer", categories: [], attributes: { colour: "red" } },
      putPicture: { id: "a/b", recommendable: true },
      importItems: { accepted: 2, refused: 0 },
      addInteractions: { accepted: 2, duplicates: 0 },
      importInteractions: { accepted: 1 },
      eraseUser: { user: "x", interactions: 2 },
      deleteItem: true,
      retrain: { begun: true },
      ready: true,
    });
    expect(results.getPicture).toEqual(picture);
    expect(results.exportItems).toHaveLength(3);
    expect(results.exportUser).toHaveLength(2);
  });

  it("turns refusals into errors with their words, and what is not there into undefined", async () => {
    const { json: created } = { json: (await small.store.keys())[0] };
    expect(created).toBeDefined();
    const refused = createClient({ url: small.url, key: "lw_nonsense" }).recommend("u1");
    await expect(refused).rejects.toThrow(ServiceProblem);
    await expect(refused).rejects.toMatchObject({ status: 401, type: "urn:latticework:problem:unauthorised" });
  });

  it("sends again what may be sent again when the service asks to wait, and counts it once", async () => {
    const { createKey } = await import("../access/api-keys.ts");
    const { key } = await createKey(small.store, { scope: "admin" }, Date.now());
    let tries = 0;
    const flaky = createClient({
      url: small.url,
      key,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        // The first answer is lost on its way back.
        if (tries++ === 0) throw new TypeError("connection reset");
        return response;
      },
    });
    expect(await flaky.addInteractions([{ user: "z", item: "i1" }])).toEqual({ accepted: 0, duplicates: 1 });
    expect(tries).toBe(2);
    expect((await flaky.listKeys()).keys.length).toBe(2);
    expect(await flaky.revokeKey("0123456789abcdef")).toBe(false);
    expect(await flaky.getItem("never")).toBeUndefined();
    expect(await createClient({ url: "http://127.0.0.1:9", retries: 0 }).ready()).toBe(false);
  });
});
