/** Data and options that cannot be: each is refused with its place, what was found and what to do, and nothing is left behind. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { runProgram } from "../src/cli/program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const good = write(
  "good.csv",
  "user,item,rating,time,event\na,x,5,1700000000,buy\na,y,3,1700000001,view\nb,x,1,1700000002,view\n",
);
const manyLines = Array.from({ length: 30_000 }, (_, n) => `user${n % 700},item${(n * 7) % 501},${n % 5}`);
const packed = gzipSync(["user,item,rating", ...manyLines, ""].join("\n"));
const ninth = (value: string): string =>
  ["user,item,rating,time", ...Array.from({ length: 12 }, (_, n) => (n === 8 ? value : `u${n},i,4,1700000000`))].join(
    "\n",
  );

interface Said {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

// Each command adds its listeners to the standard streams, and all of them run in this process.
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

/** The command line in this process, which is much faster than a process each. */
async function latticework(...words: readonly string[]): Promise<Said> {
  const written = { output: "", errors: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream === "stdout" ? "output" : "errors"] += String(text);
      return true;
    }),
  );
  try {
    const code = await runProgram(words);
    return { code, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** What the command says on standard error and how it ends; the folder holds nothing new afterwards. */
async function refused(
  file: string,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly message: string }> {
  const before = readdirSync(folder);
  const { code, errors, output } = await latticework(
    "prepare",
    file,
    "--out",
    join(folder, "out"),
    "--quiet",
    ...words,
  );
  expect(output).toBe("");
  expect(readdirSync(folder)).toEqual(before);
  return { code, message: errors.trim() };
}

describe("columns", () => {
  test("that are not there: the nearest is offered", async () => {
    expect((await refused(good, "--item-column", "itm")).message).toBe(
      'error: good.csv has no column "itm" (--item-column); did you mean "item"? It has: user, item, rating, time, event',
    );
  });

  test("that nothing looks like", async () => {
    const file = write("odd.csv", "who,what\na,x\n");
    expect((await refused(file)).message).toBe(
      "error: odd.csv has no column that looks like the user: name it with --user-column. It has: who, what",
    );
  });

  test("of items", async () => {
    const items = write("odd-items.csv", "label\nx\n");
    expect((await refused(good, "--items", items)).message).toBe(
      "error: odd-items.csv has no column that looks like the item: name it with --item-id-column. It has: label",
    );
  });
});

describe("values of mixed kinds name row and value", () => {
  test.each([
    ["rating", "u8,i,five,1700000000", 'rating "five" in column "rating" is not a number (with a point, not a comma)'],
    ["rating", 'u8,i,"3,5",1700000000', 'rating "3,5" in column "rating" is not a number (with a point, not a comma)'],
    ["time", "u8,i,4,yesterday", 'time "yesterday" in column "time" is not seconds since 1970, as in the rows before'],
    [
      "time",
      "u8,i,4,1700000000000",
      'time "1700000000000" in column "time" is not seconds since 1970, as in the rows before',
    ],
  ])("%s: %s", async (_, line, expected) => {
    const { code, message } = await refused(write("mixed.csv", ninth(line)));
    expect(code).toBe(1);
    expect(message).toBe(`error: mixed.csv row 9 (the header not counted): ${expected}; correct or remove the row`);
  });

  test("far below the rows that a kind is recognised by", async () => {
    const lines = [
      "user,item,time",
      ...Array.from({ length: 20_000 }, (_, n) => `u${n},i,1700000000`),
      "u,i,1700000000000",
      "",
    ];
    expect((await refused(write("units.csv", lines.join("\n")))).message).toBe(
      'error: units.csv row 20001 (the header not counted): time "1700000000000" in column "time" is not seconds since 1970, as in the rows before; correct or remove the row',
    );
    lines[19_001] = "u,i,soon";
    expect((await refused(write("words.csv", lines.join("\n")))).message).toContain(
      'words.csv row 19001 (the header not counted): time "soon"',
    );
  });

  test("a time of no known kind", async () => {
    expect((await refused(write("when.csv", "user,item,date\na,x,31/01/2024\n"))).message).toBe(
      `error: when.csv: column "date" holds "31/01/2024", which is no time that is recognised (seconds, milliseconds, ISO 8601 dates, all of one kind); say how it is written, e.g. --time-format '%d/%m/%Y %H:%M', or leave the times out with --no-time`,
    );
  });
});

describe("files", () => {
  test.each([
    ["cut in the middle", packed.subarray(0, packed.length >> 1)],
    ["without its last bytes", packed.subarray(0, packed.length - 5)],
  ])("gzip %s", async (_, content) => {
    expect((await refused(write("cut.csv.gz", content))).message).toBe(
      "error: cut.csv.gz is cut short: its gzip data ends in the middle; copy or download it again",
    );
  });

  test("gzip with a damaged byte", async () => {
    const damaged = Buffer.from(packed);
    damaged[damaged.length >> 1] ^= 0xff;
    expect((await refused(write("damaged.csv.gz", damaged))).message).toMatch(
      /^error: damaged\.csv\.gz is damaged gzip \(.*\); copy or download it again$/,
    );
  });

  test.each([
    ["plain.csv.gz", "user,item\na,x\n", "plain.csv.gz is no gzip file, as its name says; rename it, or copy it again"],
    [
      "text.parquet",
      "user,item\na,x\n",
      'text.parquet is no Parquet file: it begins with "user,item\\na,"; rename it or say what it is with --format',
    ],
    [
      "text.sqlite",
      "user,item\na,x\n",
      'text.sqlite is no SQLite file: it begins with "user,item\\na,"; rename it or say what it is with --format',
    ],
    [
      "text.jsonl",
      "user,item\na,x\n",
      'text.jsonl is no JSON Lines file: it begins with "user,item\\na,", expected {; rename it or say what it is with --format',
    ],
    [
      "binary.csv",
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 2]),
      'binary.csv is no CSV file: it holds bytes 00 and begins with "\u007fELF\\u0000\\u0000\\u0001\\u0002"; rename it or say what it is with --format',
    ],
    ["cut.parquet", "PAR1 and no more of it", "cut.parquet cannot be read: "],
    ["empty.csv", "", "empty.csv is empty, expected a table with a header"],
    [
      "ragged.csv",
      "user,item\na,x\nb,x,y\n",
      "ragged.csv line 3: 3 columns, expected 2 as in the header; a field with a separator or a line end in it has to stand in quotes, or say what separates with --delimiter",
    ],
    ["short.csv", "user,item,rating\na,x,1\nb,x\n", "short.csv line 3: 2 columns, expected 3 as in the header"],
    [
      "open.csv",
      'user,item\na,x\nb,"y\nc,z\n',
      "open.csv line 3: a quote that opens a field is not closed as it should",
    ],
    [
      "latin.csv",
      Buffer.from("user,item\na,caf\xe9\n", "latin1"),
      "latin.csv line 2: the text is not UTF-8; say what it is with --encoding, e.g. --encoding latin-1, or save it as UTF-8",
    ],
    ["broken.jsonl", '{"user":1,"item":2}\n{"user":1,"item":\n', "broken.jsonl line 2: "],
  ])("%s", async (name, content, expected) => {
    const { code, message } = await refused(write(name, content));
    expect(message.startsWith(`error: ${expected}`), message).toBe(true);
    expect(code).toBe(1);
    expect(message.split("\n")).toHaveLength(1);
  });

  test("that are not there", async () => {
    const { message } = await refused(join(folder, "nowhere.csv"));
    expect(message).toBe(
      `error: ${join(folder, "nowhere.csv")} is not there; expected a file of interactions, a dataset folder, the folder of an Amazon category, or postgres://…`,
    );
  });

  test("SQLite with several tables that fit, a bad query, or no such table", async () => {
    const file = join(folder, "several.sqlite");
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE one (user, item); CREATE TABLE two (user, item); CREATE TABLE three (x)");
    database.close();
    expect((await refused(file)).message).toBe(
      "error: several.sqlite has several tables that look like interactions (one, two); name one with --table, or ask with --query. It has: one, three, two",
    );
    expect((await refused(file, "--query", "SELEKT")).message).toMatch(
      /^error: several\.sqlite, a query: near "SELEKT": syntax error/,
    );
    expect((await refused(file, "--table", "four")).message).toMatch(
      /^error: several\.sqlite, table four: no such table: four/,
    );
  });
});

describe("nothing is left", () => {
  test("and the filters that took it are named", async () => {
    expect((await refused(good, "--minimum-rating", "6")).message).toBe(
      "error: no interaction is left of 3 rows: 3 rated below --minimum-rating; ask for less, or check that the columns are the right ones",
    );
    expect((await refused(good, "--minimum-rating", "2", "--k-core", "2")).message).toBe(
      "error: no interaction is left of 3 rows: 1 rated below --minimum-rating; 2 of users or items with too few (--k-core, --min-user-interactions, --min-item-interactions); ask for less, or check that the columns are the right ones",
    );
    expect((await refused(good, "--since", "2030-01-01")).message).toContain("3 before --since");
  });

  test("because there was nothing", async () => {
    expect((await refused(write("header.csv", "user,item\n"))).message).toBe(
      "error: there are no interactions: the source has no rows; check what it reads",
    );
  });
});

describe("options", () => {
  test("a split that is not there", async () => {
    const { code, message } = await refused(good, "--split", "leave-one-out");
    expect(message).toContain('--split "leave-one-out" is unknown; did you mean "leave-last-out"?');
    expect(code).toBe(2);
  });

  test("an event that no row has", async () => {
    expect((await refused(good, "--events", "view=1,by=5")).message).toBe(
      'error: --events names "by", which no row has; did you mean "buy"? The data has buy, view; correct the name or leave it out',
    );
  });

  test.each([
    [["--events", "view"], "is not an event with its weight, such as purchase=5 or hide=dislike"],
    [["--events", "view=-1"], "is not an event with its weight"],
    [["--half-life", "90"], "is not a duration such as 12h, 90d, 8w or 1y"],
    [["--since", "01.02.2024"], "is not a date such as 2024-01-31"],
    [["--ratio", "0.8,0.2"], "is not three shares of train, validation and test"],
    [["--memory-limit", "1"], "is not a size of at least 64MB"],
    [["--format", "xml"], "Allowed choices are csv, tsv, parquet, jsonl, sqlite"],
  ])("%j", async (words, expected) => {
    const { code, message } = await refused(good, ...words);
    expect(message).toContain(expected);
    expect(code).toBe(2);
  });

  test.each([
    [
      ["--since", "2024-02-01", "--until", "2024-01-01"],
      "--since 2024-02-01T00:00:00.000Z cannot be; expected a time before --until",
    ],
    [["--table", "orders"], "--table does not go with a .csv file; leave it out"],
    [["--items-table", "products"], "--items-query and --items-table go with a database"],
    [
      ["--no-time", "--split", "global-time"],
      "--split global-time needs a time, and the interactions have none; name its column with --time-column, or leave it out",
    ],
    [["--temp-folder", "/nowhere/at/all"], "--temp-folder /nowhere/at/all is no folder; make it or choose another"],
  ])("%j", async (words, expected) => {
    const { code, message } = await refused(good, ...words);
    expect(message).toContain(`error: ${expected}`);
    expect(code).toBe(1);
  });

  test("a rating, a time or an event that the source does not have", async () => {
    const bare = write("bare.csv", "user,item\na,x\n");
    expect((await refused(bare, "--minimum-rating", "3")).message).toContain(
      "--minimum-rating needs a rating, and the interactions have none; name its column with --rating-column",
    );
    expect((await refused(bare, "--half-life", "1d", "--until", "2024-01-01")).message).toContain(
      "--until, --half-life need a time",
    );
    expect((await refused(bare, "--events", "buy=1")).message).toContain("--events needs an event");
  });
});

test("a place that holds something else is left alone", async () => {
  const place = join(folder, "thesis");
  mkdirSync(place);
  writeFileSync(join(place, "chapter-1.txt"), "precious");
  const { errors, code } = await latticework("prepare", good, "--out", place, "--overwrite");
  expect(errors.trim()).toBe(
    `error: --out ${place} holds chapter-1.txt, which is no dataset of ours and is left alone; choose another folder`,
  );
  expect(code).toBe(1);
  expect(readdirSync(place)).toEqual(["chapter-1.txt"]);
});

test("an earlier dataset is replaced only when that is asked for", async () => {
  const place = join(folder, "shop");
  expect((await latticework("prepare", good, "--out", place, "--quiet")).code).toBe(0);
  const again = await latticework("prepare", good, "--out", place);
  expect(again.errors).toContain(`error: --out ${place} holds a dataset already`);
  const replaced = await latticework("prepare", good, "--out", place, "--overwrite", "--split", "all-train", "--json");
  expect(replaced.code).toBe(0);
  expect(JSON.parse(replaced.output)).toMatchObject({ split: { method: "all-train", train: 3 } });
  expect(readdirSync(place).sort()).toEqual(["dataset.json", "interactions.parquet", "items.parquet", "users.parquet"]);
});
