/** Every kind of source gives the same dataset for the same rows. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { openDatabase } from "../data/database.ts";
import { readDataset } from "../data/read-dataset.ts";
import { writeDataset } from "../data/write-dataset.ts";
import { prepareDataset } from "./prepare-dataset.ts";
import { csvOf, type Row, readPrepared } from "./prepared.fixture.ts";
import { recogniseSource, type SourceRequest } from "./recognise-source.ts";

const folder = temporaryFolder();
const rows: readonly Row[] = Array.from({ length: 60 }, (_, n) => ({
  user: `u${n % 7}`,
  item: ["007", "tab\there", "😀", 'say "hi"', "a;b", "5"][(n + Math.floor(n / 7)) % 6] ?? "",
  rating: 1 + (n % 5),
  time: 1_700_000_000_000 + (n % 13) * 1000,
}));
const items = [
  { sku: "007", name: "Bond", price: 9.5, image: "bond.jpg" },
  { sku: "5", name: "Fünf", price: 1, image: "" },
  { sku: "never bought", name: "Dust", price: 3, image: "dust.jpg" },
];

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

let out = 0;

async function prepared(place: string, request: SourceRequest = {}) {
  const target = join(folder, `out-${out++}`);
  const report = await prepareDataset({ source: await recogniseSource(place, request), out: target, method: "ratio" });
  return { report, target, ...(await readPrepared(target)) };
}

const reference = prepared(write("reference.csv", csvOf(rows)));
const lines = rows.map((row) => JSON.stringify(row)).join("\n");
const delimited = (delimiter: string): string =>
  ["user", ...rows.map(({ user }) => user)]
    .map((user, n) => [
      user,
      ...(n === 0 ? ["item", "rating", "time"] : [rows[n - 1]?.item, rows[n - 1]?.rating, rows[n - 1]?.time]),
    ])
    .map((cells) => cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(delimiter))
    .join("\r\n");

async function parquet(name: string): Promise<string> {
  const file = join(folder, name);
  const database = await openDatabase({ threads: 1 });
  await database.run(
    `COPY (FROM read_json('${write(`${name}.jsonl`, lines)}', format = 'newline_delimited')) TO '${file}' (FORMAT parquet)`,
  );
  database.close();
  return file;
}

function sqlite(name: string): string {
  const file = join(folder, name);
  const database = new DatabaseSync(file);
  database.exec(
    "CREATE TABLE orders (user TEXT, item TEXT, rating INTEGER, time INTEGER); CREATE TABLE other (a, b); CREATE TABLE products (sku, name, price REAL, image)",
  );
  const insert = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?)");
  for (const { user, item, rating = null, time = null } of rows) insert.run(user, item, rating, time);
  const product = database.prepare("INSERT INTO products VALUES (?, ?, ?, ?)");
  for (const { sku, name, price, image } of items) product.run(sku, name, price, image || null);
  database.close();
  return file;
}

describe("the same rows from", () => {
  test.each([
    ["CSV with semicolons and CRLF", () => write("semicolon.csv", delimited(";"))],
    ["TSV with quotes", () => write("quoted.tsv", delimited("\t"))],
    ["CSV without a fitting name", () => write("rows.txt", `\uFEFF${delimited(",")}`)],
    ["gzip", () => write("rows.csv.gz", gzipSync(csvOf(rows)))],
    [
      "two gzip files in one",
      () =>
        write(
          "two.csv.gz",
          Buffer.concat([csvOf(rows).slice(0, 500), csvOf(rows).slice(500)].map((part) => gzipSync(part))),
        ),
    ],
    ["JSON Lines", () => write("rows.jsonl", lines)],
    ["gzip of JSON Lines without a fitting name", () => write("rows.data", gzipSync(lines))],
    ["a JSON list", () => write("rows.json", JSON.stringify(rows))],
    ["Parquet", () => parquet("rows.parquet")],
    ["SQLite", () => sqlite("shop.sqlite")],
    ["a name with signs of patterns", () => write("a[b]*?{c}'d.csv", csvOf(rows))],
  ])("%s", async (_, make) => {
    const { interactions, users, items: found } = await prepared(await make());
    const expected = await reference;
    expect(interactions).toEqual(expected.interactions);
    expect(users).toEqual(expected.users);
    expect(found).toEqual(expected.items);
  });
});

test("what was guessed is told, and kept in the dataset", async () => {
  const file = write("names.csv", "Visitor ID,productId,unixReviewTime,stars,action\n1,2,1700000000,5,buy\n");
  const { report, target } = await prepared(file);
  expect(report.columns.map(({ role, column, guessed }) => [role, column, guessed])).toEqual([
    ["user", "Visitor ID", true],
    ["item", "productId", true],
    ["rating", "stars", true],
    ["time", "unixReviewTime", true],
    ["event", "action", true],
  ]);
  expect(report.time).toBe("seconds since 1970");
  const { preparation } = JSON.parse(readFileSync(join(target, "dataset.json"), "utf8"));
  expect(preparation).toMatchObject({ columns: report.columns, time: report.time, read: report.read });
});

describe("times", () => {
  test.each([
    ["seconds", "1700000000", "1700000000.25"],
    ["milliseconds", "1700000000000", "1700000000250"],
    ["microseconds", "1700000000000000", "1700000000250000"],
    ["ISO 8601", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20.25+01:00"],
    ["ISO 8601, UTC", "2023-11-14 22:13:20", "2023-11-14 22:13:20.250"],
  ])("%s", async (_, first, second) => {
    const { interactions } = await prepared(write("times.csv", `user,item,time\na,x,${first}\na,y,${second}\n`));
    expect(interactions.map(({ timestamp }) => timestamp)).toEqual([1_700_000_000_000, 1_700_000_000_250]);
  });

  test("dates, written YYYYMMDD or as somebody says", async () => {
    const compact = await prepared(write("days.csv", "user,item,date\na,x,20240131\n"));
    const european = await prepared(write("european.csv", "user,item,date\na,x,31.01.2024\n"), {
      timeFormat: "%d.%m.%Y",
    });
    for (const { interactions } of [compact, european]) expect(interactions[0]?.timestamp).toBe(Date.UTC(2024, 0, 31));
  });
});

describe("items", () => {
  const csv = [
    "sku,name,price,image",
    ...items.map((item) => Object.values(item).join(",")),
    "007,Again,1,",
    ",no id,2,",
  ].join("\n");

  test("of a file: columns stay, the first row of an item counts, untouched ones go", async () => {
    const {
      report,
      items: found,
      target,
    } = await prepared(write("orders.csv", csvOf(rows)), { items: { file: write("products.csv", csv) } });
    expect(found.find(({ item }) => item === "007")).toEqual({
      item: "007",
      title: "Bond",
      price: "9.5",
      image: "bond.jpg",
    });
    expect(found.find(({ item }) => item === "a;b")).toEqual({ item: "a;b", title: null, price: null, image: null });
    expect(found.some(({ item }) => item === "never bought")).toBe(false);
    expect(report).toMatchObject({
      catalogue: { rows: 5, withoutId: 1, repeated: 1 },
      unlistedItems: 4,
      untouchedItems: 0,
    });
    expect((await readDataset(target)).itemTitles).toContain("Bond");
    expect(JSON.parse(readFileSync(join(target, "dataset.json"), "utf8")).imageFolder).toBe("..");
  });

  test("of the same SQLite file; for production the untouched ones stay", async () => {
    const target = join(folder, "production");
    const source = await recogniseSource(sqlite("whole.db"), { items: { table: "products" } });
    const report = await prepareDataset({ source, out: target, method: "all-train" });
    expect(report.untouchedItems).toBe(1);
    const { items: found } = await readPrepared(target);
    expect(found.find(({ item }) => item === "never bought")).toEqual({
      item: "never bought",
      title: "Dust",
      price: "3",
      image: "dust.jpg",
    });
  });
});

describe("a dataset, split anew", () => {
  test("keeps ids, titles, times and order, from whichever layout", async () => {
    const first = await reference;
    const again = await prepared(first.target);
    expect(again.interactions).toEqual(first.interactions);
    expect(again.report.earlier).toMatchObject({ read: first.report.read });

    const indexed = join(folder, "indexed");
    mkdirSync(indexed);
    writeDataset(indexed, await readDataset(first.target), "inter");
    const third = await prepared(indexed);
    expect(third.users).toEqual(first.users);
    expect(third.interactions.map(({ user, item }) => [user, item])).toEqual(
      first.interactions.map(({ user, item }) => [user, item]),
    );
  });
});
