/** Why items are recommended, and the rules of lists, through the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { latticework, latticeworkOutput } from "./command.ts";
import { items, quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const dataset = writeSmallDataset(folder);
const run = join(folder, "run");
const boosts = join(folder, "boosts.json");
const category = (item: number): string => `Shop > ${["Shoes", "Hats", "Coats", "Mugs"][item % 4]}`;

interface Listed {
  readonly id: string;
  readonly score: number;
  readonly adjusted?: number;
}

beforeAll(async () => {
  const rows = Array.from({ length: items }, (_, item) => `${item}\tTitle ${item}\t${category(item)}`);
  writeFileSync(join(dataset, "item_text.tsv"), `itemID\ttitle\tcategory\n${rows.join("\n")}\n`);
  await latticeworkOutput("train", dataset, "--out", run, "--quiet", ...quickly, "--epochs", "30");
});

async function listOf(...words: string[]): Promise<readonly Listed[]> {
  const text = await latticeworkOutput("recommend", run, "--user", "2", "--format", "json", ...words);
  return JSON.parse(text).items;
}

describe("explain", () => {
  test("says in parts what adds up to the score that is recommended with", async () => {
    const [best] = await listOf("--count", "1");
    const words = ["explain", run, "--user", "2", "--item", best.id];
    const told = JSON.parse(await latticeworkOutput(...words, "--format", "json", "--count", "2"));
    expect(told).toMatchObject({
      user: "2",
      item: { id: best.id, title: `Item no. ${best.id}, "${Number(best.id) % 4}"` },
    });
    expect(told.score).toBeCloseTo(best.score, 4);
    expect(told.backbone + told.graph).toBeCloseTo(best.score, 4);
    expect(told.reasons).toHaveLength(2);
    const listed = told.reasons.reduce((sum: number, reason: { contribution: number }) => sum + reason.contribution, 0);
    expect(listed + told.others.contribution + told.own.contribution).toBeCloseTo(best.score, 4);
    const table = await latticeworkOutput(...words, "--count", "2");
    expect(table).toMatch(new RegExp(`^user 2, item ${best.id} \\(Item no. .*\\): score .* = backbone .* \\+ graph `));
    expect(table).toContain(told.reasons[0].sentence);
    expect(table).toMatch(/\n +6 more +/);
    expect(table).toMatch(/\n +the user alone +/);
    expect(table).toMatch(/neighbour +title +score +alike by/);
  });

  test("takes a history, and names what cannot be", async () => {
    const table = await latticeworkOutput("explain", run, "--history", "2,6", "--item", "10");
    expect(table).toMatch(/^history, item 10 /);
    const cases = [
      [2, ["--item", "3"], "explain wants one of --user with an id, or --history with ids"],
      [2, ["--user", "3", "--history", "2", "--item", "3"], "explain wants one of --user"],
      [2, ["--user", "3"], "required option '--item <id>' not specified"],
      [1, ["--user", "x", "--item", "3"], 'user "x" is not in this run'],
      [1, ["--user", "3", "--item", "99"], 'item "99" is not in this run'],
      [2, ["--user", "3", "--item", "3", "--count", "0"], '"0" is not a whole number from 1 up'],
    ] as const;
    for (const [expected, words, message] of cases) {
      const { code, errors } = await latticework("explain", run, ...words);
      expect(errors).toContain(message);
      expect(code, errors).toBe(expected);
    }
  });

  test("says of a model without parts that it has none", async () => {
    const floor = join(folder, "popularity");
    await latticeworkOutput("train", dataset, "--model", "popularity", "--out", floor, "--quiet");
    const { code, errors } = await latticework("explain", floor, "--user", "3", "--item", "4");
    expect(code).toBe(1);
    expect(errors).toMatch(/^error: run .* is of model popularity, which scores an item by how many took it/);
  });
});

describe("recommend", () => {
  test("filters and boosts by categories of the dataset", async () => {
    const shoes = await listOf("--category", "Shoes", "--count", "40");
    expect(shoes.length).toBeGreaterThan(3);
    expect(shoes.every(({ id }) => Number(id) % 4 === 0)).toBe(true);
    const without = await listOf("--without-category", "Shoes", "--without-category", "Hats", "--count", "40");
    expect(without.every(({ id }) => Number(id) % 4 > 1)).toBe(true);
    const last = (await listOf("--count", "40")).at(-1)?.id ?? "";
    writeFileSync(boosts, JSON.stringify({ items: { [last]: 20 }, categories: { Hats: 5 } }));
    const boosted = await listOf("--boost", boosts, "--category-column", "category", "--count", "5");
    expect(boosted[0].id).toBe(last);
    expect(boosted.slice(1).every(({ id }) => Number(id) % 4 === 1)).toBe(true);
    const table = await latticeworkOutput("recommend", run, "--user", "2", "--boost", boosts, "--count", "2");
    expect(table).toMatch(/score +adjusted/);
  });

  test("diversifies, corrects for popularity, and mixes in what is looked at", async () => {
    const plain = await listOf("--count", "8");
    for (const words of [
      ["--diversity", "0.7"],
      ["--popularity-correction", "1"],
      ["--because", "5", "--because-weight", ".9"],
    ]) {
      const list = await listOf("--count", "8", ...words);
      expect(list).toHaveLength(8);
      expect(list.map(({ id }) => id)).not.toEqual(plain.map(({ id }) => id));
    }
    expect((await listOf("--because", plain[0].id, "--count", "40")).map(({ id }) => id)).not.toContain(plain[0].id);
  });

  test("names what cannot be", async () => {
    const bad = join(folder, "bad.json");
    writeFileSync(bad, '{"items": {"3": "much"}}');
    const other = join(folder, "other.json");
    writeFileSync(other, '{"item": {}}');
    const cases = [
      [
        1,
        ["--category", "Shoe"],
        'category "Shoe" is not in this run, which knows 9 categories; the closest categories are "Shop", "Shoes", "Hats"',
      ],
      [
        1,
        ["--category", "Shoes", "--category-column", "colour"],
        'item_text.tsv has no column "colour"; found title, category',
      ],
      [1, ["--category", "Shoes", "--dataset", join(folder, "none")], "none"],
      [1, ["--boost", join(folder, "none.json")], "--boost wants a JSON file of boosts"],
      [1, ["--boost", bad], "items.3: "],
      [1, ["--boost", other], 'expected {"items": {"42": 0.5}'],
      [2, ["--diversity", "1.2"], '"1.2" is not a number from 0 to 1'],
      [2, ["--popularity-correction", "-1"], '"-1" is not a number from 0 up'],
      [2, ["--because-weight", "0.5"], "--because-weight goes with --because"],
    ] as const;
    for (const [expected, words, message] of cases) {
      const { code, errors } = await latticework("recommend", run, "--user", "2", ...words);
      expect(errors).toContain(message);
      expect(code, errors).toBe(expected);
    }
    const both = await latticework("recommend", run, "--history", "2", "--because", "3");
    expect(both.errors).toContain("--because goes with --user or --all");
    expect(both.code).toBe(2);
  });
});
