import { cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../runs/folder.fixture.ts";
import { madeUpRun } from "../runs/made-up-run.fixture.ts";
import type { RunConfig } from "../runs/run-format.ts";
import { writeRun } from "../runs/write-run.ts";
import { leaderboard } from "./leaderboard.ts";
import { leaderboardCsv, leaderboardMarkdown, leaderboardTables } from "./leaderboard-tables.ts";
import { publishedFigures } from "./published-figures.ts";
import { renderLeaderboard } from "./report/leaderboard-page.ts";

/** A run of LATTICE on a dataset called baby. @param more of its configuration, where it is another than the others' */
async function writeBaby(folder: string, seed: number, recall: number, more: Partial<RunConfig> = {}): Promise<void> {
  const { config, metrics, ...rest } = madeUpRun();
  await writeRun(folder, {
    ...rest,
    config: { ...config, dataset: { ...config.dataset, name: "baby" }, ...more, seed },
    metrics: { ...metrics, seed, test: { ...metrics.test, "recall@20": recall } },
  });
}

/** A folder with two seeds of LATTICE on a dataset called baby, and one run more of other settings. */
async function threeRuns(): Promise<string> {
  const folder = temporaryFolder();
  const { options } = madeUpRun().config;
  await writeBaby(path.join(folder, "runs", "one"), 1, 0.08);
  await writeBaby(path.join(folder, "runs", "two"), 2, 0.09);
  await writeBaby(path.join(folder, "runs", "other"), 1, 0.05, { options: { ...options, neighbours: 3 } });
  return folder;
}

const linesOf = (folder: string): string[] =>
  leaderboardTables(leaderboard({ folders: [folder], metrics: ["recall@20"] }))
    .slice(0, 1)
    .flatMap(({ rows }) => rows.map((cells) => cells.join(" | ")));

describe("published figures", () => {
  it("name a known split and a known source, and never give both NDCGs for one split", () => {
    const kinds = new Map<string, Set<string>>();
    for (const { split, source, values } of publishedFigures.figures) {
      expect(Object.keys(publishedFigures.splits)).toContain(split);
      expect(Object.keys(publishedFigures.sources)).toContain(source);
      for (const metric of Object.keys(values).filter((name) => name.startsWith("ndcg"))) {
        kinds.set(split, (kinds.get(split) ?? new Set()).add(metric));
      }
    }
    for (const metrics of kinds.values()) expect(metrics.size).toBe(1);
  });

  it("stand alone where no runs are given", () => {
    const tables = leaderboardTables(leaderboard({ folders: [] }));
    expect(tables.map(({ dataset, split }) => `${dataset}: ${split}`)).toContain(
      "Baby: random split of the LATTICE paper",
    );
    const paper = tables.find(({ dataset, split }) => dataset === "Baby" && split.includes("paper"));
    expect(paper?.head).toEqual(["Model", "Recall@20", "Precision@20", "NDCG@20 (retrieved)", "Source"]);
    expect(paper?.rows[0]?.slice(0, 4)).toEqual(["LATTICE", "0.0829", "0.0044", "0.0368"]);
  });
});

describe("runs on the leaderboard", () => {
  it("are averaged over seeds, told apart by settings, and share no table with other splits", async () => {
    const tables = leaderboardTables(leaderboard({ folders: [await threeRuns()] }));
    expect(tables.map(({ dataset }) => dataset.toLowerCase())).toEqual(["baby", "baby", "baby"]);
    const own = tables[0];
    expect(own?.split).toMatch(/^of the dataset, [0-9a-f]{8}$/);
    expect(own?.rows.map(([model, recall]) => [model, recall])).toEqual([
      ["LATTICE on LightGCN (neighbours=2)", "0.0850 ± 0.0071, 2 seeds"],
      ["LATTICE on LightGCN (neighbours=3)", "0.0500"],
    ]);
  });

  it("stand beside published figures of the split that they are said to be of", async () => {
    const tables = leaderboardTables(leaderboard({ folders: [await threeRuns()], split: "lattice-paper" }));
    expect(tables).toHaveLength(2);
    expect(tables[0]?.rows.map(([model]) => model).slice(0, 3)).toEqual([
      "LATTICE on LightGCN (neighbours=2)",
      "LATTICE",
      "GRCN",
    ]);
    expect(tables[0]?.head).toEqual([
      "Model",
      "Recall@20",
      "Precision@20",
      "NDCG@20 (standard)",
      "NDCG@20 (retrieved)",
      "Source",
    ]);
    const [, , , standard, retrieved] = tables[0]?.rows.find(([model]) => model === "LATTICE") ?? [];
    expect([standard, retrieved]).toEqual(["", "0.0368"]);
  });

  it("count once a seed, however many copies of a run there are", async () => {
    const folder = await threeRuns();
    cpSync(path.join(folder, "runs", "two"), path.join(folder, "starts", "two"), { recursive: true });
    expect(linesOf(folder)[0]).toBe(
      "LATTICE on LightGCN (neighbours=2) | 0.0850 ± 0.0071, 2 seeds | latticework 0.0.0",
    );
  });

  it("are not averaged with those of another version, nor warm starts with cold ones", async () => {
    const folder = temporaryFolder();
    const { environment } = madeUpRun().config;
    await writeBaby(path.join(folder, "cold"), 1, 0.08);
    await writeBaby(path.join(folder, "warm"), 2, 0.09, { warmStart: { run: "before", weights: "00" } });
    await writeBaby(path.join(folder, "newer"), 3, 0.07, { environment: { ...environment, latticework: "0.1.0" } });
    expect(linesOf(folder)).toEqual([
      "LATTICE on LightGCN (warm start) | 0.0900 | latticework 0.0.0",
      "LATTICE on LightGCN | 0.0800 | latticework 0.0.0",
      "LATTICE on LightGCN | 0.0700 | latticework 0.1.0",
    ]);
  });

  it("have lines of their own on datasets of one name, named by what differs", async () => {
    const folder = temporaryFolder();
    const { dataset } = madeUpRun().config;
    const baby = { ...dataset, name: "baby" };
    const [image, ...others] = baby.modalities;
    const write = (name: string, recall: number, more: Partial<RunConfig["dataset"]>): Promise<void> =>
      writeBaby(path.join(folder, name), 1, recall, { dataset: { ...baby, fingerprint: name.repeat(8), ...more } });
    await write("aaaaaaaa", 0.08, {});
    await write("bbbbbbbb", 0.09, { modalities: [{ name: image?.name ?? "", columns: 5 }, ...others] });
    expect(linesOf(folder)).toEqual([
      "LATTICE on LightGCN (image features of width 5) | 0.0900 | latticework 0.0.0",
      "LATTICE on LightGCN (image features of width 3) | 0.0800 | latticework 0.0.0",
    ]);
    await write("cccccccc", 0.07, {});
    expect(linesOf(folder)).toEqual([
      "LATTICE on LightGCN (image features of width 5) | 0.0900 | latticework 0.0.0",
      "LATTICE on LightGCN (image features of width 3, dataset aaaaaaaa) | 0.0800 | latticework 0.0.0",
      "LATTICE on LightGCN (image features of width 3, dataset cccccccc) | 0.0700 | latticework 0.0.0",
    ]);
    // Encoded in another way, to the same shape.
    const encodedAnew = [{ ...image, name: image?.name ?? "", content: "0123" }, ...others];
    await write("dddddddd", 0.06, { fingerprint: "cccccccc".repeat(8), modalities: encodedAnew });
    const alike = linesOf(folder).filter((line) => line.includes("dataset"));
    expect(alike.map((line) => line.split(" | ")[1])).toEqual(["0.0800", "0.0700", "0.0600"]);
    expect(new Set(alike.map((line) => line.split(" | ")[0])).size).toBe(3);
  });

  it("as Markdown, CSV and a page that stands alone", async () => {
    const rows = leaderboard({ folders: [await threeRuns()], metrics: ["ndcg@20", "ndcgRetrieved@20"] });
    expect(leaderboardMarkdown(rows)).toContain(
      "| Model | NDCG@20 (standard) | NDCG@20 (retrieved) | Source |\n|---|---:|---:|---|",
    );
    const [head, ...lines] = leaderboardCsv(rows).trim().split("\n");
    expect(head).toBe("task,dataset,split,metric,ndcg,value,deviation,seeds,model,source");
    expect(lines).toHaveLength(rows.length);
    expect(lines.find((line) => line.includes("ndcgRetrieved@20"))).toMatch(/ndcgRetrieved@20,retrieved,0\.055,/);
    const page = renderLeaderboard(rows);
    expect(page).not.toMatch(/https?:|<script|<link|\bsrc=/);
    expect(page).toContain("NDCG@20 (retrieved)");
  });

  it("are refused where there are none, and under a split that is none", async () => {
    const folder = temporaryFolder();
    expect(() => leaderboard({ folders: [folder] })).toThrow(/holds no finished run/);
    expect(() => leaderboard({ folders: [path.join(folder, "nowhere")] })).toThrow(/does not exist/);
    expect(() => leaderboard({ folders: [], split: "latice-paper" })).toThrow(/did you mean "lattice-paper"/);
    const runs = await threeRuns();
    cpSync(path.join(runs, "runs", "one", "config.json"), path.join(folder, "config.json"));
    expect(() => leaderboard({ folders: [folder] })).toThrow(/holds no finished run/);
  });
});
