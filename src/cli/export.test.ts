import fs from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createDataset, readDataset, writeDataset } from "../data/index.ts";
import { ConfigError } from "../errors.ts";
import { temporaryFolder } from "../runs/folder.fixture.ts";
import { madeUpRun } from "../runs/made-up-run.fixture.ts";
import { writeRun } from "../runs/write-run.ts";
import { addExport } from "./export.ts";
import { processTerminal } from "./terminal.ts";

/** Runs the command in this process. @returns what it told */
async function exporting(...words: readonly string[]): Promise<readonly string[]> {
  const told: string[] = [];
  const program = new Command().exitOverride();
  addExport(program, { ...processTerminal(), tell: (text) => told.push(text) });
  await program.parseAsync(["export", ...words], { from: "user" });
  return told;
}

const shop = createDataset({
  name: "shop",
  userIds: ["ann", "bob"],
  itemIds: ["hat", "scarf, red"],
  interactions: {
    train: [
      [0, 0],
      [1, 1],
    ],
  },
  modalities: [{ name: "text", features: [[1], [0]], missing: [1] }],
});

describe("export", () => {
  it("writes a dataset in each layout, from each layout", async () => {
    const root = temporaryFolder();
    const at = (name: string): string => path.join(root, name);
    writeDataset(at("start"), shop);
    let from = "start";
    for (const layout of ["5-core", "native", "native", "inter"]) {
      const to = `${from}-${layout}`;
      expect(await exporting(at(from), "--layout", layout, "--out", at(to))).toEqual([`written to ${at(to)}`]);
      expect((await readDataset(at(to))).fingerprint).toBe(shop.fingerprint);
      from = to;
    }
    expect(fs.readdirSync(at(from)).sort()).toEqual([
      "ids.json",
      "start-5-core.inter",
      "text_feat.npy",
      "text_missing.npy",
    ]);
  });

  it("tells a run from a dataset, and refuses what would be mixed or lost", async () => {
    const root = temporaryFolder();
    const data = path.join(root, "data");
    const run = path.join(root, "run");
    const out = path.join(root, "out");
    writeDataset(data, shop);
    await writeRun(run, madeUpRun());
    const refusal = async (...words: readonly string[]): Promise<string> => {
      const outcome: unknown = await exporting(...words).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(ConfigError);
      expect(fs.existsSync(out)).toBe(false);
      return String(outcome);
    };
    expect(await refusal(run, "--layout", "inter", "--out", out)).toContain(
      "is a run folder, expected a dataset folder with --layout inter",
    );
    expect(await refusal(data, "--out", out)).toContain(
      "is a dataset folder and no run; say --layout inter, 5-core, native",
    );
    expect(await refusal(data, "--layout", "native", "--out", run)).toContain("is not an empty folder");
    await exporting(run, "--out", out);
    expect(fs.readdirSync(out)).toContain("user_embeddings.npy");
  });
});
