/** What nobody should send, over real sockets: each gets a problem document of 4xx and harms nobody else. */
import fs from "node:fs";
import net from "node:net";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type SmallService, startSmallService, trainSmallRun } from "../service.fixture.ts";
import { createMemoryStore } from "../store/memory-store.fixture.ts";
import type { StoredInteraction } from "../store/store.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";

const root = temporaryRoot();
let small: SmallService;
beforeAll(async () => {
  small = await startSmallService(await trainSmallRun(root), {
    bodyTimes: { silence: 300, whole: 1500 },
    mostImportBytes: 2_000_000,
  });
});
afterAll(async () => {
  expect(small.log.filter((line) => line.includes('"msg":"fault"'))).toEqual([]);
  await small.service.stop();
  fs.rmSync(root, { recursive: true });
});

function expectProblem(answer: Answer, status: number | readonly number[], what = ""): void {
  expect([status].flat(), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`).toContain(answer.status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json).toMatchObject({
    status: answer.status,
    type: expect.stringMatching(/^urn:latticework:problem:/),
  });
}

/** Bytes on a bare socket. @returns all that comes back until the other side ends, or so many milliseconds have passed */
function raw(pieces: readonly (string | Buffer)[], every = 0, longest = 8000): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(small.service.port, "127.0.0.1");
    let answer = "";
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, longest);
    socket.on("data", (data) => {
      answer += String(data);
    });
    socket.on("error", () => undefined);
    socket.on("close", done);
    void (async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (every > 0) await new Promise((next) => setTimeout(next, every));
      }
    })();
  });
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

describe("schemas", () => {
  it("refuse unknown fields by the nearest name, and say where something is wrong", async () => {
    const query = await small.call("GET", "/v1/users/u1/recommendations?cuont=5");
    expectProblem(query, 400);
    expect(query.json.detail).toContain('"cuont" is not known here; did you mean "count"?');
    const body = await small.call("PUT", "/v1/items/x", { json: { titel: "A", categories: "no list" } });
    expectProblem(body, 422);
    expect(body.json.detail).toBeDefined();
    expect(JSON.stringify(body.json.errors)).toMatch(/did you mean \\"title\\"/);
    expect(JSON.stringify(body.json.errors)).toContain("body/categories");
    const nested = await small.call("POST", "/v1/interactions", {
      json: { interactions: [{ user: "a", item: "b", wieght: 1 }] },
    });
    expect(nested.json.errors[0].at).toBe("body/interactions/0");
    for (const path of [
      "?count=0",
      "?count=1.5",
      "?count=x",
      "?count=",
      "?count=1&count=2",
      "?exclude=all",
      "?diversity=2",
      "?boostItem=i1",
    ]) {
      expectProblem(await small.call("GET", `/v1/users/u1/recommendations${path}`), 400, path);
    }
  });

  it("refuse anything at all as a body, or take it; never fail on it", async () => {
    const targets = [
      ["PUT", "/v1/items/fuzzed"],
      ["PATCH", "/v1/items/patched"],
      ["POST", "/v1/interactions"],
      ["POST", "/v1/sessions/recommendations"],
      ["POST", "/v1/users/u1/recommendations"],
      ["POST", "/v1/keys"],
    ] as const;
    const named = fc.dictionary(
      fc.constantFrom(
        "title",
        "text",
        "items",
        "user",
        "count",
        "interactions",
        "features",
        "scope",
        "expiresAt",
        "__proto__",
        "x",
      ),
      fc.jsonValue(),
    );
    await small.call("PUT", "/v1/items/patched", { json: { title: "A" } });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), fc.oneof(fc.jsonValue(), named), async ([method, path], json) => {
        const answer = await small.call(method, path, { json });
        if (answer.status >= 300) expectProblem(answer, [400, 422], JSON.stringify(json));
      }),
      { numRuns: 150 },
    );
  });

  it("take any text as an id, and no other thing for it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), async (id) => {
        const answer = await small.call("GET", `/v1/users/${encodeURIComponent(id)}/recommendations?count=1`);
        if (id === "." || id === ".." || id.includes("\0") || id.includes("\\")) expectProblem(answer, [400, 404]);
        else expect([answer.status, answer.json?.source], JSON.stringify(id)).toEqual([200, "popularity"]);
      }),
      { numRuns: 150 },
    );
    expectProblem(await small.call("GET", `/v1/users/${"x".repeat(513)}/recommendations`), 400);
    expectProblem(await small.call("GET", `/v1/users/${"x".repeat(20_000)}/recommendations`), 413);
  });
});

describe("bodies", () => {
  it("of another type, broken, too deep or not UTF-8", async () => {
    const put = (body: string | Uint8Array<ArrayBuffer>, type: string) =>
      small.call("PUT", "/v1/items/x", { body, headers: { "content-type": type } });
    expectProblem(await put("{}", "text/plain"), 415);
    expectProblem(await put("a=1", "application/x-www-form-urlencoded"), 415);
    expectProblem(await put("{", "application/json"), 400);
    expectProblem(await put("", "application/json"), 400);
    expectProblem(await put(Uint8Array.of(0x22, 0xff, 0xfe, 0x22), "application/json"), 400);
    expectProblem(await put("[".repeat(400_000), "application/json"), 400);
    expectProblem(
      await put(`{"attributes":${'{"a":'.repeat(1000)}1${"}".repeat(1000)}}`, "application/json; charset=utf-8"),
      400,
    );
    expectProblem(
      await small.call("POST", "/v1/import/items", { body: "{}", headers: { "content-type": "application/json" } }),
      415,
    );
    expectProblem(await small.call("PUT", "/v1/items/x", { json: {}, headers: { "content-encoding": "gzip" } }), 415);
  });

  it("too large: refused before they are there, whether they say so or not, and memory stays", async () => {
    const before = process.memoryUsage().rss;
    const declared = await raw([
      "POST /v1/interactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000000\r\n\r\n",
    ]);
    expect(statusOf(declared)).toBe(413);
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, " "), Buffer.from("\r\n")]);
    const chunked = await raw([
      "POST /v1/interactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
      ...Array.from({ length: 1600 }, () => chunk),
    ]);
    expect(statusOf(chunked)).toBe(413);
    const lines = `${JSON.stringify({ user: "a", item: "b" })}\n`.repeat(100_000);
    const headers = { "content-type": "application/x-ndjson" };
    expectProblem(await small.call("POST", "/v1/import/interactions", { body: lines, headers }), 413);
    expectProblem(
      await small.call("POST", "/v1/import/interactions", { body: `"${"x".repeat(50_000)}"`, headers }),
      413,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });

  it("too slow, at any pace", async () => {
    const head =
      "POST /v1/interactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    expect(statusOf(await raw([head, "{"]))).toBe(408);
    expect(statusOf(await raw([head, ...Array.from({ length: 100 }, () => " ")], 100))).toBe(408);
    const lines =
      "POST /v1/import/interactions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n";
    expect(statusOf(await raw([lines, "{"]))).toBe(408);
  });
});

describe("what is no request", () => {
  it("gets an answer all the same", async () => {
    expect(statusOf(await raw(["hello\r\n\r\n"]))).toBe(400);
    expect(statusOf(await raw(["GET / HTTP/1.1\r\n\r\n"]))).toBe(400);
    expect(statusOf(await raw([`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`]))).toBe(413);
    expect(
      statusOf(await raw(["GET /../../etc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"])),
    ).toBe(400);
    expect(
      await raw([
        "POST /v1/keys HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ]),
    ).toMatch(/^HTTP\/1\.1 400/);
  });

  it("has paths that lead nowhere", async () => {
    for (const path of [
      "/nothing",
      "/v1",
      "/v1/items",
      "/v1/items//similar",
      "/v1/items/a/b/c",
      "//healthz",
      "/healthz/",
    ]) {
      expectProblem(await small.call("GET", path), [400, 404], path);
    }
    for (const target of [
      "/v1/items/%2e%2e/similar",
      "/v1/items/..%2f..%2fkeys",
      "/v1/items/%c3%28",
      "/v1/items/%zz",
      "/v1/..\\keys",
    ]) {
      const answer = await raw([`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`]);
      expect([400, 404], `${target} ${answer.slice(0, 100)}`).toContain(statusOf(answer));
    }
  });

  it("by a method that a path does not have, is told those that it has", async () => {
    const { json: document } = await small.call("GET", "/openapi.json");
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      const has = Object.keys(operations).map((method) => method.toUpperCase());
      const allowed = has.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).toSorted();
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        if (has.includes(method)) continue;
        const answer = await small.call(method, path.replaceAll(/\{\w+\}/g, "a"));
        expectProblem(answer, 405, `${method} ${path}`);
        expect(answer.headers.get("allow")?.split(", ").toSorted(), path).toEqual(allowed);
      }
    }
    expect((await small.call("HEAD", "/healthz")).status).toBe(200);
    expectProblem(await small.call("POST", "/v1/models/retrain"), 404);
  });
});

describe("pictures", () => {
  const put = (body: Uint8Array<ArrayBuffer>, type = "image/png") =>
    small.call("PUT", "/v1/items/pic/picture", { body, headers: { "content-type": type } });

  it("that are none, or bombs, are refused and change nothing", async () => {
    await small.call("PUT", "/v1/items/pic", { json: { title: "A mug" } });
    expectProblem(await put(new TextEncoder().encode("<html>no picture</html>")), 422);
    expectProblem(await put(new Uint8Array(0)), 422);
    expectProblem(await put(Uint8Array.of(1, 2, 3), "text/html"), 415);
    const bomb = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "#fff" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(bomb.length).toBeLessThan(2_000_000);
    const answer = await put(new Uint8Array(bomb));
    expectProblem(answer, 422);
    expect(answer.json.detail).toContain("144 million");
    const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#c02020" } })
      .png()
      .toBuffer();
    expectProblem(await put(new Uint8Array(whole.subarray(0, whole.length - 30))), 422);
    expect((await small.call("GET", "/v1/items/pic")).json).toMatchObject({ hasPicture: false, title: "A mug" });
    expect((await put(new Uint8Array(whole))).status).toBe(200);
    expect((await small.call("GET", "/v1/items/pic")).json.hasPicture).toBe(true);
    expectProblem(await small.call("PUT", "/v1/items/pic", { json: { picture: "no base64!" } }), 422);
    expectProblem(
      await small.call("PUT", "/v1/items/none/picture", {
        body: new Uint8Array(whole),
        headers: { "content-type": "image/png" },
      }),
      404,
    );
  });
});

describe("patches", () => {
  it("of what is not there, of fields that are unknown or too many, and of pictures that are none change nothing", async () => {
    const patch = (id: string, json: unknown) => small.call("PATCH", `/v1/items/${id}`, { json });
    expectProblem(await patch("no-such-item", { title: "A" }), 404);
    const known = await patch("i9", { title: "A" });
    expectProblem(known, 409);
    expect(known.json.detail).toContain("PUT it first");
    const attributes = Object.fromEntries(Array.from({ length: 199 }, (_, n) => [`a${n}`, n]));
    await small.call("PUT", "/v1/items/patchy", { json: { title: "A", attributes } });
    const before = (await small.call("GET", "/v1/items/patchy")).json;
    const unknown = await patch("patchy", { titel: "B" });
    expectProblem(unknown, 422);
    expect(unknown.json.detail).toContain('did you mean "title"?');
    expectProblem(await patch("patchy", { attributes: { x: 1, y: 2 } }), 422);
    expectProblem(await patch("patchy", { title: "B", picture: Buffer.from("none").toString("base64") }), 422);
    expectProblem(await patch("patchy", { features: { text: [1, 2] } }), 422);
    expectProblem(await patch("patchy", ["title"]), 422);
    expect((await small.call("GET", "/v1/items/patchy")).json).toEqual(before);
    expect((await patch("patchy", { attributes: { x: 1, a0: null } })).status).toBe(200);
  });
});

describe("bulk imports", () => {
  it("take what can be taken and tell the rest by its line", async () => {
    const body = [
      JSON.stringify({ id: "bulk-1", title: "One", text: "ceramic mug for coffee" }),
      "",
      "{ no json",
      JSON.stringify({ id: "bulk-2", tilte: "?" }),
      JSON.stringify({ id: "bulk-3", picture: Buffer.from("no picture").toString("base64") }),
      JSON.stringify({ id: "bulk-4", features: { text: [1] } }),
      JSON.stringify({ id: "bulk-5", text: "soft woollen scarf" }),
    ].join("\n");
    const answer = await small.call("POST", "/v1/import/items", {
      body,
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(answer.status).toBe(200);
    expect([answer.json.accepted, answer.json.refused]).toEqual([2, 4]);
    expect(answer.json.problems.map(({ line }: { readonly line: number }) => line).toSorted()).toEqual([3, 4, 5, 6]);
    const lines = (await small.call("GET", "/v1/export/items")).text.trim().split("\n");
    const exported = lines.map((line) => JSON.parse(line)).filter(({ id }) => id.startsWith("bulk"));
    expect(exported.map(({ id, recommendable }) => [id, recommendable])).toEqual([
      ["bulk-1", true],
      ["bulk-5", true],
    ]);
  });

  it("may take longer over a batch than their sender may be silent", async () => {
    const store = createMemoryStore();
    const { addInteractions } = store;
    const batches: number[] = [];
    const slow = await startSmallService(small.service.living.served.recommender.run.folder, {
      bodyTimes: { silence: 300, whole: 1500 },
      store: Object.assign(store, {
        addInteractions: async (list: readonly StoredInteraction[]) => {
          batches.push(list.length);
          await new Promise((resolve) => setTimeout(resolve, 900));
          return addInteractions(list);
        },
      }),
    });
    const lines = Array.from({ length: 2500 }, (_, n) =>
      JSON.stringify({ user: `user ${n} ${"x".repeat(100)}`, item: "i1" }),
    );
    const answer = await slow.call("POST", "/v1/import/interactions", {
      body: lines.join("\n"),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect([answer.status, answer.json.accepted, batches]).toEqual([200, 2500, [1000, 1000, 500]]);
    await slow.service.stop();
  });
});

it("is unavailable while the store is, says when to come again, and recovers by itself", async () => {
  await small.call("GET", "/v1/users/kept/recommendations");
  small.store.setAway(true);
  const answers = [
    await small.call("POST", "/v1/interactions", { json: { interactions: [{ user: "a", item: "i1" }] } }),
    await small.call("PUT", "/v1/items/x", { json: { title: "A" } }),
    await small.call("GET", "/v1/users/never-seen/recommendations"),
    await small.call("GET", "/readyz"),
  ];
  for (const answer of answers) {
    expectProblem(answer, 503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await small.call("GET", "/healthz")).status).toBe(200);
  small.store.setAway(false);
  expect((await small.call("GET", "/readyz")).status).toBe(200);
  expect((await small.call("GET", "/v1/users/never-seen/recommendations")).status).toBe(200);
});
