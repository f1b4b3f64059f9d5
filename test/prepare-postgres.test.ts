/**
 * PostgreSQL as a source, against a real server that this test starts from an empty folder; where no server is installed, nothing is
 * tested and that is said.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPrepared } from "../src/preparation/prepared.fixture.ts";
import {
  freePort,
  hasPostgres,
  type PostgresServer,
  startPostgres,
} from "../src/service/store/postgres-server.fixture.ts";
import { latticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const password = "p@ss/word";

if (!hasPostgres) console.warn("NOT TESTED: PostgreSQL as a source; no server (initdb, postgres) is installed here");
describe.skipIf(!hasPostgres)("PostgreSQL as a source", () => {
  let server: PostgresServer;
  let address = "";

  beforeAll(async () => {
    server = await startPostgres(["fsync=off", "timezone=Asia/Tokyo"], { password });
    address = server.address;
    await server.query(`
      CREATE TABLE orders (id bigint, customer text, sku text, stars int, ordered_at timestamptz, kind text);
      INSERT INTO orders SELECT n, 'customer ' || n % 211, 'sku' || chr(9) || (n * n) % 97, 1 + n % 5, timestamptz '2024-01-01 00:00:00+00' + n * interval '1 minute', 'buy' FROM generate_series(1, 5000) AS n;
      INSERT INTO orders VALUES (9001, NULL, 'sku', 1, now(), 'buy'), (9002, 'customer 1', '', 1, now(), 'buy');
      CREATE SCHEMA "shop ""A""";
      CREATE TABLE "shop ""A""".products (sku text, title text, price numeric(8, 2), tags text[], picture text);
      INSERT INTO "shop ""A""".products SELECT 'sku' || chr(9) || n, E'Name\\nof ' || n || ' 😀', n / 4.0, ARRAY['a', 'b c'], NULL FROM generate_series(0, 200) AS n`);
  });

  afterAll(() => server.remove());

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
