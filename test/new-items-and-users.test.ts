/** Cold items, items and users that come after the training, and the models that learn nothing, through the command line. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { latticework, latticeworkOutput } from "./command.ts";
import { interactionLines, interText, items, noise, npyFile, quickly } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const dataset = join(folder, "cold");
const run = join(folder, "run");
const newItems = join(folder, "new-items.jsonl");
const isCold = (item: number): boolean => item % 5 === 3;

const feature = (salt: number) => (item: number, column: number) =>
  (column % 4 === item % 4 ? 1 : 0) + 0.3 * noise(item * 1000 + salt, column);

/** A new item that looks and reads like a known one. */
const like = (item: number, id: string): string =>
  JSON.stringify({
    id,
    title: `As ${item}`,
    features: {
      image: Array.from({ length: 20 }, (_, column) => feature(2)(item, column)),
      text: Array.from({ length: 12 }, (_, column) => feature(1)(item, column)),
    },
  });

beforeAll(async () => {
  mkdirSync(dataset);
  const lines = interactionLines().map((line) => ({
    ...line,
    label: isCold(line.item) ? (line.item % 2 === 0 ? 1 : 2) : 0,
  })) satisfies ReturnType<typeof interactionLines>;
  writeFileSync(join(dataset, "cold.inter"), interText(lines));
  writeFileSync(join(dataset, "text_feat.npy"), npyFile(items, 12, feature(1)));
  writeFileSync(join(dataset, "image_feat.npy"), npyFile(items, 20, feature(2)));
  writeFileSync(newItems, `${like(6, "a")}\n\n${like(9, "b")}\n`);
  const cold = ["validateCandidates=cold", "negatives=seen", "validateBy=recall@5"];
  await latticeworkOutput("train", dataset, "--out", run, "--quiet", ...quickly, ...cold, "--epochs", "30");
});

const figuresOf = async (...words: string[]): Promise<Record<string, number>> =>
  JSON.parse(await latticeworkOutput("evaluate", ...words, "--cutoffs", "3,10,20", "--json"));

const lists = (output: string): { user: string; source: string; items: { id: string; title?: string }[] }[] =>
  output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("cold items", () => {
  test("are evaluated among themselves or among all", async () => {
    const metrics = JSON.parse(readFileSync(join(run, "metrics.json"), "utf8"));
    const all = await figuresOf(run);
    expect(await figuresOf(run, "--candidates", "all")).toEqual(all);
    const cold = await figuresOf(run, "--candidates", "cold");
    expect(cold["recall@3"]).toBeGreaterThan(all["recall@3"] ?? 1);
    expect(cold["coverage@3"]).toBeGreaterThan(all["coverage@3"] ?? 1);
    expect(metrics.test["recall@10"]).toBe((await figuresOf(run))["recall@10"]);
  });

  test("are refused where there are none", async () => {
    const warm = join(folder, "warm");
    mkdirSync(warm);
    writeFileSync(join(warm, "warm.inter"), "userID\titemID\tx_label\n0\t0\t0\n1\t1\t0\n0\t1\t1\n1\t0\t2\n");
    await latticeworkOutput(
      "train",
      warm,
      "--model",
      "popularity",
      "--out",
      join(folder, "warm-run"),
      "--quiet",
      "--set",
      "validateBy=recall@1",
    );
    const { code, errors } = await latticework("evaluate", join(folder, "warm-run"), "--candidates", "cold");
    expect(code).toBe(1);
    expect(errors).toMatch(/candidates cold: every item of run .* has training interactions/);
    const options = ["--set", "validateCandidates=cold", "validateBy=recall@1"];
    const selected = await latticework("train", warm, "--model", "mf", "--out", join(folder, "never"), ...options);
    expect(selected.errors).toContain(
      'option validateCandidates: found "cold", and every item that dataset warm holds out',
    );
    expect(selected.code).toBe(1);
  });
});

describe.each(["popularity", "item-knn", "content-knn"])("%s", (model) => {
  const floor = join(folder, model);

  test("goes the whole way without training", async () => {
    const told = await latticework("train", dataset, "--model", model, "--out", floor);
    expect(told.errors).toContain(`${model} has nothing to train`);
    expect(told.output).toContain("recall");
    expect(told.output).not.toContain("best epoch");
    expect(existsSync(join(floor, "report.html"))).toBe(true);
    const metrics = JSON.parse(readFileSync(join(floor, "metrics.json"), "utf8"));
    expect(metrics).toMatchObject({ model, epochs: 0 });
    expect((await figuresOf(floor))["recall@20"]).toBeCloseTo(metrics.test["recall@20"], 12);
    const [list] = lists(
      await latticeworkOutput("recommend", floor, "--user", "4", "--format", "json", "--count", "3"),
    );
    expect(list.items).toHaveLength(3);
    expect(await latticeworkOutput("similar", floor, "--item", "4", "--count", "3")).toContain("cosine");
  });
});

describe("new items", () => {
  test("are recommended and similar at once", async () => {
    const [user] = lists(
      await latticeworkOutput("recommend", run, "--user", "2", "--add", newItems, "--count", "42", "--format", "json"),
    );
    const place = (id: string) => user.items.findIndex((item) => item.id === id);
    expect(place("a")).toBeGreaterThanOrEqual(0);
    expect(place("a")).toBeLessThan(place("b"));
    expect(user.items[place("a")].title).toBe("As 6");
    const text = ["similar", run, "--item", "a", "--by", "text", "--format", "json"];
    expect(JSON.parse(await latticeworkOutput(...text, "--add", newItems)).items[0].id).toBe("6");
    const gone = await latticework(...text);
    expect(gone.errors).toContain('item "a" is not in this run');
  });

  test("are refused by file and line", async () => {
    const bad = join(folder, "bad.jsonl");
    const cases = [
      ["{", "line 1: is no JSON"],
      [`${like(1, "x")}\n{"id": 3, "features": {}}`, "line 2: id: "],
      ['{"id": "x", "features": {"image": [1, null]}}', "line 1: features.image.1: "],
      ['{"id": "x", "features": {"image": [1, 2]}}', 'item "x", image: found 2 values, expected 20'],
    ] as const;
    for (const [text, message] of cases) {
      writeFileSync(bad, text);
      const { code, errors } = await latticework("recommend", run, "--user", "2", "--add", bad);
      expect(code).toBe(1);
      expect(errors).toContain(message);
    }
    const missing = await latticework("recommend", run, "--user", "2", "--add", join(folder, "none.jsonl"));
    expect(missing.errors).toContain("--add wants a file of JSON lines");
    const elsewhere = await latticework("similar", run, "--item", "a", "--add", newItems, "--dataset", folder);
    expect(elsewhere.code).toBe(1);
  });
});

describe("a history", () => {
  test("gets a list in every format", async () => {
    const words = ["recommend", run, "--history", "2,6", "10", "--count", "5"];
    const [list] = lists(await latticeworkOutput(...words, "--format", "json"));
    expect(list).toMatchObject({ user: "", source: "model" });
    expect(list.items.filter(({ id }) => Number(id) % 4 === 2).length).toBeGreaterThan(2);
    expect(list.items.map(({ id }) => id)).not.toContain("6");
    expect(await latticeworkOutput(...words)).toMatch(/^history\n/);
    expect(await latticeworkOutput(...words, "--format", "csv")).toMatch(/\n,1,\d+,,/);
    const withNew = await latticeworkOutput("recommend", run, "--history", "a", "--add", newItems, "--format", "json");
    expect(lists(withNew)[0].source).toBe("model");
  });

  test("is one of three ways to say for whom", async () => {
    for (const words of [[], ["--user", "1", "--history", "2"], ["--all", "--history", "2"]]) {
      const { code, errors } = await latticework("recommend", run, ...words);
      expect(code).toBe(2);
      expect(errors).toContain("recommend wants one of --user with ids, --history with ids, or --all");
    }
    const { code, errors } = await latticework("recommend", run, "--history", "x");
    expect(code).toBe(1);
    expect(errors).toContain('item "x" is not in this run');
  });
});
