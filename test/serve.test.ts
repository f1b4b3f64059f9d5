/** The service through the command line: processes that share a store, keys, a kill in the middle, and an orderly end. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { latticework, latticeworkOutput, main, type Running, start, startLatticework } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const run = join(folder, "run");
const store = join(folder, "shop.sqlite");
const running: Running[] = [];

beforeAll(async () => {
  await latticeworkOutput("train", writeSmallDataset(folder), "--out", run, "--quiet", ...quickly, "--epochs", "10");
});
afterAll(() => {
  for (const { process } of running) process.kill("SIGKILL");
});

interface Served {
  readonly running: Running;
  call(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly text: string }>;
}

function serve(words: readonly string[], key?: string): Promise<Served> {
  return answering(startLatticework("serve", ...words, "--store", store, "--port", "0", "--rate", "0"), key);
}

async function answering(started: Running, key?: string): Promise<Served> {
  running.push(started);
  let output = "";
  started.process.stderr?.on("data", (text) => {
    output += String(text);
  });
  await started.seen(/Serving at http:\/\/127\.0\.0\.1:\d+/);
  const url = /Serving at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? "";
  return {
    running: started,
    call: async (method, path, body) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    },
  };
}

const interaction = (user: string, item: string) => ({ interactions: [{ user, item }] });
const sourceOf = ({ text }: { readonly text: string }): string => JSON.parse(text).source;

describe("latticework serve", () => {
  test("shares a store between processes, keeps what it acknowledged through a kill, and ends in order", async () => {
    const first = await serve([run]);
    const second = await serve([]);
    expect((await first.call("GET", "/readyz")).status).toBe(200);
    const list = "/v1/users/newcomer-a/recommendations";
    expect(sourceOf(await second.call("GET", list))).toBe("popularity");
    expect((await first.call("POST", "/v1/interactions", interaction("newcomer-a", "3"))).status).toBe(200);
    expect(sourceOf(await first.call("GET", list))).toBe("model");
    await expect.poll(async () => sourceOf(await second.call("GET", list)), { timeout: 20_000 }).toBe("model");
    expect((await first.call("DELETE", "/v1/items/7")).status).toBe(204);
    await expect
      .poll(async () => (await second.call("GET", "/v1/items/7/similar")).status, { timeout: 20_000 })
      .toBe(404);

    for (let n = 0; n < 30; n++) await first.call("POST", "/v1/interactions", interaction(`kept-${n}`, String(n % 5)));
    first.running.process.kill("SIGKILL");
    await first.running.ended;
    const third = await serve([]);
    for (let n = 0; n < 30; n++) {
      expect(sourceOf(await third.call("GET", `/v1/users/kept-${n}/recommendations`))).toBe("model");
    }
    expect((await third.call("GET", "/v1/items/7/similar")).status).toBe(404);

    for (const { running } of [second, third]) running.process.kill("SIGTERM");
    for (const { running } of [second, third]) {
      const { code, output, errors } = await running.ended;
      expect(code, errors).toBe(0);
      expect(output).toContain('"route":"/v1/users/{user}/recommendations"');
      expect(output).not.toMatch(/newcomer|kept-/);
      expect(output).toContain('"msg":"stopped"');
    }
  });

  test("serves whoever has a key once there is one", async () => {
    const key = (await latticeworkOutput("key", "create", "--scope", "read", "--name", "web", "--store", store)).trim();
    const withKey = await serve([], key);
    const without = await serve([]);
    const list = "/v1/users/1/recommendations";
    expect([(await withKey.call("GET", list)).status, (await without.call("GET", list)).status]).toEqual([200, 401]);
    expect((await withKey.call("POST", "/v1/interactions", interaction("x", "1"))).status).toBe(403);
    expect((await without.call("GET", "/healthz")).status).toBe(200);
    const listed = await latticeworkOutput("key", "list", "--store", store);
    expect(listed).toContain("web");
    expect(listed).not.toContain(key.slice("lw_0123456789abcdef_".length));
    await latticeworkOutput("key", "revoke", key, "--store", store);
    await expect.poll(async () => (await withKey.call("GET", list)).status, { timeout: 20_000 }).toBe(401);
  });

  test("says so while the disk is full, and goes on when there is room", async () => {
    const file = join(folder, "small.sqlite");
    const command = `trap '' XFSZ; ulimit -S -f 400; exec '${process.execPath}' '${main}' serve '${run}' --store '${file}' --port 0 --log-level silent`;
    const served = await answering(start("bash", ["-c", command]));
    const accepted: string[] = [];
    const send = async (user: string): Promise<number> => {
      const { status } = await served.call("POST", "/v1/interactions", interaction(user, "3"));
      if (status === 200) accepted.push(user);
      return status;
    };
    let status = 200;
    for (let n = 0; status === 200 && n < 500; n++) status = await send(`full-${n}`);
    expect(status).toBe(503);
    expect((await served.call("GET", "/healthz")).status).toBe(200);
    expect(sourceOf(await served.call("GET", "/v1/users/full-0/recommendations"))).toBe("model");
    const { pid = 0 } = served.running.process;
    expect(spawnSync("prlimit", ["--pid", String(pid), "--fsize=unlimited"]).status).toBe(0);
    await expect.poll(() => send("afterwards"), { timeout: 20_000 }).toBe(200);
    for (const user of [...accepted.slice(-5), "afterwards"]) {
      expect(sourceOf(await served.call("GET", `/v1/users/${user}/recommendations`))).toBe("model");
    }
    served.running.process.kill("SIGTERM");
    expect((await served.running.ended).code).toBe(0);
  });

  test("says what it cannot do", async () => {
    const nothing = await latticework("serve", "--store", join(folder, "empty.sqlite"));
    expect([nothing.code, nothing.errors]).toEqual([1, expect.stringContaining("the store has no model yet")]);
    const other = await latticework("serve", run, "--store", "mysql://host/base");
    expect([other.code, other.errors]).toEqual([1, expect.stringContaining("is of no known kind")]);
    expect((await latticework("serve", run)).code).toBe(2);
    expect((await latticework("key", "create", "--scope", "all", "--store", store)).code).toBe(2);
  });
});
