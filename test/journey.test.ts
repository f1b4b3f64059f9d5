/** One journey through the product: train, evaluate, recommend, similar, export, with what each command leaves and prints. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { latticework, latticeworkOutput } from "./command.ts";
import { interactionLines, items, quickly, users, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const run = join(folder, "run");
let dataset = "";
let trained = "";

beforeAll(async () => {
  dataset = writeSmallDataset(folder);
  trained = await latticeworkOutput(
    "train",
    dataset,
    "--out",
    run,
    "--epochs",
    "12",
    "--seed",
    "5",
    "--threads",
    "2",
    ...quickly,
  );
});

const lines = (text: string): string[] => text.trimEnd().split("\n");
const seenBy = (user: number): Set<number> =>
  new Set(
    interactionLines()
      .filter((line) => line.user === user && line.label === 0)
      .map((line) => line.item),
  );

describe("train", () => {
  test("prints the figures and where the run is", () => {
    expect(trained).toMatch(/^recall +\d\.\d{4}/m);
    expect(trained).toContain("report.html");
  });

  test("leaves a whole run folder and no leftovers", () => {
    expect(
      readdirSync(run)
        .filter((name) => name !== "checkpoint")
        .sort(),
    ).toEqual([
      "config.json",
      "history.jsonl",
      "ids.json",
      "manifest.json",
      "metrics.json",
      "report.html",
      "weights.safetensors",
    ]);
  });

  test("metrics.json holds the promised keys", () => {
    const metrics = JSON.parse(readFileSync(join(run, "metrics.json"), "utf8"));
    expect(metrics).toMatchObject({ model: "lattice", dataset: "small", seed: 5, epochs: 12 });
    expect(metrics.bestEpoch).toBeGreaterThanOrEqual(0);
    for (const key of ["recall@10", "recall@20", "precision@20", "ndcg@10", "ndcg@20", "ndcgRetrieved@20"]) {
      expect(metrics.test[key], key).toBeGreaterThan(0);
      expect(metrics.validation[key], key).toBeGreaterThan(0);
    }
    expect(metrics.seconds).toMatchObject({
      total: expect.any(Number),
      perEpoch: expect.any(Number),
      graph: expect.any(Number),
    });
    expect(metrics.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  test("history.jsonl holds an object an epoch", () => {
    const history = lines(readFileSync(join(run, "history.jsonl"), "utf8")).map((line) => JSON.parse(line));
    expect(history.map((record) => record.epoch)).toEqual(Array.from({ length: 12 }, (_, epoch) => epoch));
    expect(history[0].validation["recall@20"]).toBeTypeOf("number");
    expect(history[1].validation).toBeUndefined();
    const { image, text } = history[0].modalityWeights;
    expect(image + text).toBeCloseTo(1, 6);
  });

  test("report.html stands alone", () => {
    const report = readFileSync(join(run, "report.html"), "utf8");
    expect(report).toContain("<svg");
    expect(report).not.toMatch(/(src|href)="https?:/);
  });

  test("weights.safetensors can be read from its published format", () => {
    const bytes = readFileSync(join(run, "weights.safetensors"));
    const headerLength = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerLength));
    const ends = Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(([, tensor]) => (tensor as { data_offsets: [number, number] }).data_offsets[1]);
    expect(8 + headerLength + Math.max(...ends)).toBe(bytes.length);
  });

  test("will not replace a finished run unless asked to", async () => {
    const again = await latticework("train", dataset, "--out", run, "--epochs", "1", ...quickly);
    expect(again.code).toBe(1);
    expect(again.errors).toMatch(/^error: .*finished run/m);
  });
});

describe("evaluate", () => {
  test("repeats the figures of the run", async () => {
    const metrics = JSON.parse(readFileSync(join(run, "metrics.json"), "utf8"));
    const test = JSON.parse(await latticeworkOutput("evaluate", run, "--json"));
    expect(test).toMatchObject(metrics.test);
    const validation = JSON.parse(
      await latticeworkOutput("evaluate", run, "--split", "validation", "--json", "--threads", "1"),
    );
    expect(validation).toMatchObject(metrics.validation);
  });

  test("takes any cutoffs, and settings", async () => {
    const table = await latticeworkOutput("evaluate", run, "--cutoffs", "5,1");
    expect(lines(table)[0]).toMatch(/test @1 +test @5/);
    const plain = JSON.parse(await latticeworkOutput("evaluate", run, "--json"));
    const masked = JSON.parse(await latticeworkOutput("evaluate", run, "--json", "--set", "maskValidation=true"));
    expect(masked["recall@10"]).toBeGreaterThanOrEqual(plain["recall@10"]);
    const retrieved = JSON.parse(await latticeworkOutput("evaluate", run, "--json", "--set", "ndcg=retrieved"));
    expect(retrieved["ndcg@10"]).toBe(plain["ndcgRetrieved@10"]);
  });
});

describe("recommend", () => {
  test("a table with titles", async () => {
    const table = await latticeworkOutput("recommend", run, "--user", "3", "--count", "4");
    expect(table).toContain("Item no. ");
    expect(lines(table)).toHaveLength(1 + 2 + 4);
  });

  test("JSON: a user a line, best first, nothing seen", async () => {
    const output = await latticeworkOutput("recommend", run, "--user", "3", "8", "--count", "6", "--format", "json");
    const lists = lines(output).map((line) => JSON.parse(line));
    expect(lists.map((list) => list.user)).toEqual(["3", "8"]);
    for (const list of lists) {
      expect(list.items).toHaveLength(6);
      const seen = seenBy(Number(list.user));
      expect(list.items.filter((item: { id: string }) => seen.has(Number(item.id)))).toEqual([]);
      const scores = list.items.map((item: { score: number }) => item.score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  test("allow- and deny-lists and seen items", async () => {
    const only = await latticeworkOutput(
      "recommend",
      run,
      "--user",
      "3",
      "--allow",
      "1,2",
      "--allow",
      "30",
      "--exclude",
      "nothing",
      "--format",
      "json",
    );
    expect(
      JSON.parse(only)
        .items.map((item: { id: string }) => item.id)
        .sort(),
    ).toEqual(["1", "2", "30"]);
    const best = JSON.parse(
      await latticeworkOutput("recommend", run, "--user", "3", "--count", "1", "--format", "json"),
    ).items[0].id;
    const without = await latticeworkOutput(
      "recommend",
      run,
      "--user",
      "3",
      "--deny",
      best,
      "--count",
      "20",
      "--format",
      "json",
    );
    expect(JSON.parse(without).items.map((item: { id: string }) => item.id)).not.toContain(best);
  });

  test("all users into a CSV and a JSONL file", async () => {
    const csv = join(folder, "all.csv");
    await latticeworkOutput("recommend", run, "--all", "--count", "3", "--format", "csv", "--out", csv);
    const rows = lines(readFileSync(csv, "utf8"));
    expect(rows).toHaveLength(1 + users * 3);
    expect(rows[0]).toBe("user,rank,item,title,score,source");
    expect(rows[1]).toMatch(/"Item no\. \d+, ""\d"""/);
    const jsonl = join(folder, "all.jsonl");
    await latticeworkOutput("recommend", run, "--all", "--count", "3", "--format", "json", "--out", jsonl);
    expect(lines(readFileSync(jsonl, "utf8")).map((line) => JSON.parse(line).user)).toHaveLength(users);
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith("all"))
        .sort(),
    ).toEqual(["all.csv", "all.jsonl"]);
  });

  test("an unknown user, and nobody asked for", async () => {
    const unknown = await latticework("recommend", run, "--user", "x9");
    expect(unknown.code).toBe(1);
    expect(unknown.errors).toMatch(/^error: .*"x9"/);
    expect((await latticework("recommend", run)).code).toBe(2);
    expect((await latticework("recommend", run, "--all", "--user", "3")).code).toBe(2);
  });
});

describe("similar", () => {
  test.each(["embedding", "graph", "text", "image"])("by %s", async (by) => {
    const output = await latticeworkOutput(
      "similar",
      run,
      "--item",
      "7",
      "--by",
      by,
      "--count",
      "3",
      "--format",
      "json",
    );
    const { item, items: found } = JSON.parse(output);
    expect(item).toBe("7");
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(3);
    expect(found.map((entry: { id: string }) => entry.id)).not.toContain("7");
  });

  test("a table, and a modality that is not there", async () => {
    expect(await latticeworkOutput("similar", run, "--item", "7")).toContain("Item no. ");
    const unknown = await latticework("similar", run, "--item", "7", "--by", "sound");
    expect(unknown.code).toBe(1);
    expect(unknown.errors).toMatch(/^error: .*sound.*image.*text/);
  });
});

describe("export", () => {
  test("embeddings and item graph as npy, with id lists", async () => {
    const out = join(folder, "exported");
    await latticeworkOutput("export", run, "--out", out);
    const shapes = Object.fromEntries(
      readdirSync(out)
        .filter((name) => name.endsWith(".npy"))
        .map((name) => [
          name,
          /'shape': \(([^)]*)\)/.exec(readFileSync(join(out, name)).toString("latin1", 0, 256))?.[1],
        ]),
    );
    expect(Object.values(shapes)).toContain(`${users}, 16`);
    expect(Object.values(shapes)).toContain(`${items}, 16`);
    expect(Object.values(shapes)).toContain(`${items + 1},`);
    expect(existsSync(join(out, "README.md")) || existsSync(join(out, "README.txt"))).toBe(true);
  });
});
