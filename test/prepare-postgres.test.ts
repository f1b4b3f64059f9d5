/**
 * PostgreSQL as a source, against a real server that this test starts from an empty folder; where no server is installed, nothing is
 * tested and that is said.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPrepared } from "../src/preparation/prepared.fixture.ts";
import { latticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const candidates = [
  ...globSync("/usr/lib/postgresql/*/bin/initdb"),
  "/usr/local/bin/initdb",
  "/usr/bin/initdb",
  "/opt/homebrew/bin/initdb",
];
const initdb = candidates.find((file) => existsSync(file) && existsSync(join(dirname(file), "postgres")));
const folder = temporaryFolder();
const password = "p@ss/word";

/** The server refuses to run as root: another user of this machine. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string, name: string): number =>
    Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  const name = ["postgres", "nobody"].find((user) => spawnSync("id", [user]).status === 0) ?? "nobody";
  return { uid: idOf("-u", name), gid: idOf("-g", name) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function connected(address: string): Promise<Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString: address });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === 100) throw error;
      await setTimeout(100);
    }
  }
}

if (initdb === undefined)
  console.warn("NOT TESTED: PostgreSQL as a source; no server (initdb, postgres) is installed here");
describe.skipIf(initdb === undefined)("PostgreSQL as a source", () => {
  const command = initdb ?? "initdb";
  const user = serverUser();
  const data = mkdtempSync(join(tmpdir(), "latticework-postgres-"));
  let address = "";
  let server: ReturnType<typeof spawn> | undefined;
  let client: Client | undefined;

  beforeAll(async () => {
    chmodSync(data, 0o700);
    const secret = join(data, "password");
    writeFileSync(secret, `${password}\n`);
    if (user.uid !== undefined && user.gid !== undefined) {
      chownSync(data, user.uid, user.gid);
      chownSync(secret, user.uid, user.gid);
    }
    const cluster = join(data, "cluster");
    const options = { ...user, cwd: data, encoding: "utf8" } as const;
    const made = spawnSync(
      command,
      [
        "-D",
        cluster,
        "-U",
        "owner",
        "--auth=scram-sha-256",
        `--pwfile=${secret}`,
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C",
      ],
      options,
    );
    expect(made.status, made.stderr).toBe(0);
    const port = await freePort();
    server = spawn(
      join(dirname(command), "postgres"),
      [
        "-D",
        cluster,
        "-p",
        String(port),
        "-k",
        data,
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "fsync=off",
        "-c",
        "timezone=Asia/Tokyo",
      ],
      {
        ...user,
        cwd: data,
        stdio: "ignore",
      },
    );
    address = `postgres://owner:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
    client = await connected(address);
    await client.query(`
      CREATE TABLE orders (id bigint, customer text, sku text, stars int, ordered_at timestamptz, kind text);
      INSERT INTO orders SELECT n, 'customer ' || n % 211, 'sku' || chr(9) || (n * n) % 97, 1 + n % 5, timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute', 'buy' FROM generate_series(1, 5000) AS n;
      INSERT INTO orders VALUES (9001, NULL, 'sku', 1, now(), 'buy'), (9002, 'customer 1', '', 1, now(), 'buy');
      CREATE SCHEMA "shop ""A""";
      CREATE TABLE "shop ""A""".products (sku text, title text, price numeric(8, 2), tags text[], picture text);
      INSERT INTO "shop ""A""".products SELECT 'sku' || chr(9) || n, E'Name\\nof ' || n || ' 😀', n / 4.0, ARRAY['a', 'b c'], NULL FROM generate_series(0, 200) AS n`);
  });

  afterAll(async () => {
    await client?.end();
    if (server !== undefined && server.exitCode === null) {
      server.kill("SIGINT");
      await once(server, "exit");
    }
    rmSync(data, { recursive: true, force: true });
  });

  const query = "SELECT customer, sku, ordered_at, stars FROM orders;";

  test("interactions by a query, items by another", async () => {
    const out = join(folder, "out");
    const words = [
      "--query",
      query,
      "--time-column",
      "ordered_at",
      "--items-query",
      'SELECT * FROM "shop ""A""".products',
      "--split",
      "leave-last-out",
      "--out",
      out,
    ];
    const { code, errors, output } = await latticework("prepare", address, ...words);
    expect(code, errors).toBe(0);
    expect(output).toContain("time: dates and times as ISO 8601");
    expect(output).toContain("− 1 without a user id\n  − 1 without an item id");
    const { interactions, users, items } = await readPrepared(out);
    expect(users).toHaveLength(211);
    expect(items[0]).toEqual({
      item: "sku\t0",
      title: "Name\nof 0 😀",
      price: "0.00",
      tags: '{a,"b c"}',
      picture: null,
    });
    const last = interactions
      .filter(({ user }) => user === "customer 0")
      .toSorted((a, b) => Number(b.timestamp) - Number(a.timestamp))[0];
    // 4853 = 23 · 211 is the last order of customer 0; the server's own time zone does not matter.
    expect(last).toMatchObject({ split: "test", timestamp: Date.UTC(2024, 0, 1) + 4853 * 60_000 });
    expect(readFileSync(join(out, "dataset.json"), "utf8")).not.toContain("p@ss");
  });

  test("a whole table", async () => {
    const out = join(folder, "table");
    mkdirSync(folder, { recursive: true });
    const { code, errors } = await latticework("prepare", address, "--table", "orders", "--out", out, "--quiet");
    expect(code, errors).toBe(0);
    expect((await readPrepared(out)).users).toHaveLength(211);
  });

  describe("what fails is told without the password", () => {
    test.each([
      [
        "an unknown table",
        ["--table", "ordres"],
        'table ordres: relation "ordres" does not exist; check the address and the query',
      ],
      ["a query that is none", ["--query", "SELECT FROM WHERE"], "a query: syntax error at or near"],
      [
        "a query that fails midway",
        ["--query", "SELECT customer, sku, 1 / (id - 4000) AS rating FROM orders"],
        "a query: division by zero",
      ],
      ["a query that would change something", ["--query", "DELETE FROM orders RETURNING customer, sku"], "a query: "],
      ["neither", [], "expected --query SQL or --table NAME; name one of them"],
    ])("%s", async (_, words, expected) => {
      const out = join(folder, "failed");
      const { code, errors } = await latticework("prepare", address, ...words, "--out", out, "--quiet");
      expect(errors).toContain("error: ");
      expect(errors).toContain(expected);
      expect(errors).not.toContain("p@ss");
      expect(errors).not.toContain(encodeURIComponent(password));
      expect(code).toBe(1);
      expect(existsSync(out)).toBe(false);
    });

    test("a wrong password, and nobody there", async () => {
      const wrong = await latticework(
        "prepare",
        address.replace("owner:", "owner:x"),
        "--table",
        "orders",
        "--out",
        join(folder, "none"),
      );
      expect(wrong.errors).toContain("password authentication failed");
      const nobody = await latticework(
        "prepare",
        `postgres://owner:secret@127.0.0.1:${await freePort()}/shop`,
        "--table",
        "orders",
        "--out",
        join(folder, "none"),
      );
      expect(nobody.errors).toMatch(/error: PostgreSQL at 127\.0\.0\.1:\d+\/shop: .*ECONNREFUSED.*; check the address/);
      expect(nobody.errors).not.toContain("secret");
    });
  });
});
