/** Sweeps as a user runs them: by every method, at several trials a time, killed in the middle, and asked for what cannot be. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { latticework, latticeworkOutput, repository, startLatticework } from "./command.ts";
import { quickly, withOtherFeatures, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let dataset = "";
let sweeps = 0;

beforeAll(() => {
  dataset = writeSmallDataset(folder);
  writeFileSync(
    join(folder, "space.json"),
    JSON.stringify({
      model: ["lattice", "lightgcn"],
      skip: { min: 0, max: 1 },
      embeddingSize: [8, 16],
      regularisation: { min: 1e-6, max: 1e-2, scale: "log" },
    }),
  );
});

const out = (): string => join(folder, `sweep-${sweeps++}`);
const words = (folderOfSweep: string, ...more: readonly string[]): string[] => [
  "sweep",
  dataset,
  "--space",
  join(folder, "space.json"),
  "--out",
  folderOfSweep,
  "--threads",
  "1",
  ...more,
  ...quickly,
  "epochs=8",
  "validateEvery=1",
];

const trialSchema = z.object({
  trial: z.number(),
  rung: z.number(),
  setting: z.unknown(),
  outcome: z.looseObject({ status: z.string() }),
});
function trialsOf(sweep: string) {
  const lines = readFileSync(join(sweep, "trials.jsonl"), "utf8").trimEnd().split("\n");
  return lines
    .map((line) => trialSchema.parse(JSON.parse(line)))
    .sort((a, b) => a.trial - b.trial || a.rung - b.rung)
    .map(({ outcome: { seconds, peakMemoryBytes, ...outcome }, ...trial }) => ({ ...trial, outcome }));
}
const sweepSchema = z.object({
  result: z.object({
    winner: z.object({
      trial: z.number(),
      validation: z.record(z.string(), z.number()),
      test: z.record(z.string(), z.number()),
    }),
  }),
});
const resultOf = (sweep: string) =>
  sweepSchema.parse(JSON.parse(readFileSync(join(sweep, "sweep.json"), "utf8"))).result;

describe("a sweep", () => {
  test("chooses on validation, trains the winner to the same figures and tells its test figures once", async () => {
    const one = out();
    const text = await latticeworkOutput(...words(one, "--trials", "6"));
    const trials = trialsOf(one);
    expect(trials).toHaveLength(6);
    const best = trials.reduce((a, b) => (Number(b.outcome.best) > Number(a.outcome.best) ? b : a));
    const { winner } = resultOf(one);
    expect(winner.trial).toBe(best.trial);
    expect(winner.validation["recall@20"]).toBe(best.outcome.best);
    expect(winner.test["recall@20"]).toBeGreaterThan(0);
    expect(text).toContain(`Trial ${winner.trial} wins on validation`);
    expect(JSON.stringify(trials)).not.toContain("test");
    expect(readdirSync(one).sort()).toEqual(["report.html", "sweep.json", "trials.jsonl", "winner"]);
    expect(await latticeworkOutput("evaluate", join(one, "winner"))).toContain("recall");
    const report = readFileSync(join(one, "report.html"), "utf8");
    expect(report.match(/<svg/g)?.length).toBe(5);
    expect(report.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|\bsrc=/);

    const again = await latticework(...words(one, "--trials", "6"));
    expect(again).toMatchObject({ code: 0, errors: "" });
    const more = await latticework(...words(one, "--trials", "7"));
    expect(more.code).toBe(0);
    expect(trialsOf(one).slice(0, 6)).toEqual(trials);
    expect(trialsOf(one)).toHaveLength(7);
  });

  test("finds the same with two trials at a time, and after it was killed", async () => {
    const [calm, killed] = [out(), out()];
    await latticeworkOutput(...words(calm, "--trials", "7", "--quiet"));
    const running = startLatticework(...words(killed, "--trials", "7", "--parallel", "2"));
    await running.seen("(3 of 7)");
    running.process.kill("SIGKILL");
    await running.ended;
    expect(existsSync(join(killed, "winner"))).toBe(false);
    await latticeworkOutput(...words(killed, "--trials", "7", "--parallel", "2", "--quiet"));
    expect(trialsOf(killed)).toEqual(trialsOf(calm));
    expect(resultOf(killed).winner).toEqual(resultOf(calm).winner);
  });

  test("stops at Ctrl-C with what it has, and goes on", async () => {
    const one = out();
    const running = startLatticework(...words(one, "--trials", "4", "--method", "random"));
    await running.seen("(1 of 4)");
    running.process.kill("SIGINT");
    const { code, errors } = await running.ended;
    expect(code).toBe(130);
    expect(errors).toContain("Go on with the same command");
    await latticeworkOutput(...words(one, "--trials", "4", "--method", "random"));
    expect(trialsOf(one).map(({ trial }) => trial)).toEqual([0, 1, 2, 3]);
  });

  test("says which of its trials were trained by another version", async () => {
    const one = out();
    await latticeworkOutput(...words(one, "--trials", "3", "--method", "random", "--quiet"));
    const log = join(one, "trials.jsonl");
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    expect(lines.map((line) => JSON.parse(line).latticework)).toEqual([version, version, version]);
    const same = await latticework(...words(one, "--trials", "4", "--method", "random"));
    expect(same.errors).not.toContain("trained by latticework");
    // As version 0.0.1 left it, the last line as one before that wrote lines.
    const [first = "", second = "", ...others] = lines.map((line) => line.replace(`"${version}"`, '"0.0.1"'));
    const bare = others.map((line) => line.replace('"latticework":"0.0.1",', ""));
    writeFileSync(log, [first, second, ...bare, ""].join("\n"));
    const sweepFile = join(one, "sweep.json");
    const sweep = JSON.parse(readFileSync(sweepFile, "utf8"));
    writeFileSync(sweepFile, JSON.stringify({ ...sweep, latticework: "0.0.1" }));
    const { code, errors } = await latticework(...words(one, "--trials", "5", "--method", "random"));
    expect(code, errors).toBe(0);
    expect(errors).toContain(
      `3 of 3 trials were trained by latticework 0.0.1, this is ${version}: figures of two versions do not compare; sweep into another folder to have all by one`,
    );
  });

  test("by halving trains few trials to their end, each going on where it was", async () => {
    const one = out();
    await latticeworkOutput(...words(one, "--method", "halving", "--trials", "9", "--parallel", "2"));
    const trials = trialsOf(one);
    expect(trials.map(({ rung }) => rung).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2]);
    const { winner } = resultOf(one);
    const curve = (rung: number): readonly unknown[] =>
      z
        .array(z.unknown())
        .parse(trials.find((record) => record.rung === rung && record.trial === winner.trial)?.outcome.curve);
    expect([curve(0), curve(1), curve(2)].map(({ length }) => length)).toEqual([1, 3, 8]);
    expect(curve(1).slice(0, 1)).toEqual(curve(0));
    expect(curve(2).slice(0, 3)).toEqual(curve(1));
    expect(winner.validation["recall@20"]).toBe(trials.find(({ rung }) => rung === 2)?.outcome.best);
    expect(existsSync(join(one, "checkpoints"))).toBe(false);
  });

  test("goes on when a trial cannot be, and says why when none can", async () => {
    const spaceFile = join(folder, "modalities.json");
    writeFileSync(spaceFile, JSON.stringify({ modalities: [["image"], ["sound"], ["text"]] }));
    const asked = (sweep: string, file: string) =>
      words(sweep, "--method", "grid").map((word) => (word.endsWith("space.json") ? file : word));
    const one = out();
    const { code, errors } = await latticework(...asked(one, spaceFile));
    expect(code).toBe(0);
    expect(errors).toMatch(/trial 1: failed: .*sound/);
    expect(trialsOf(one).map(({ outcome }) => outcome.status)).toEqual(["finished", "failed", "finished"]);
    writeFileSync(join(folder, "none.json"), JSON.stringify({ modalities: [["sound"]] }));
    const none = await latticework(...asked(out(), join(folder, "none.json")));
    expect(none.code).toBe(1);
    expect(none.errors).toMatch(/error: none of 1 trials could be trained to its end; trial 0: .*sound/);
  });

  test("keeps within its memory", async () => {
    const { code, errors } = await latticework(...words(out(), "--trials", "2", "--memory", "64MB"));
    expect(code).toBe(1);
    expect(errors).toMatch(/none of 2 trials could be trained.*does not fit/);
  });
});

describe("a sweep refuses", () => {
  test("a space with a typo or an empty range, and writes nothing", async () => {
    const one = out();
    for (const [value, message] of [
      [{ neighbuors: [5] }, 'there is no option "neighbuors"; did you mean "neighbours"?'],
      [{ skip: { min: 1, max: 0 } }, "an empty range"],
    ] as const) {
      const file = join(folder, "bad.json");
      writeFileSync(file, JSON.stringify(value));
      const { code, errors } = await latticework("sweep", dataset, "--space", file, "--out", one);
      expect(code).toBe(1);
      expect(errors).toContain(`error: ${file}: space`);
      expect(errors).toContain(message);
    }
    expect(existsSync(one)).toBe(false);
  });

  test("to go on with other settings", async () => {
    const one = out();
    await latticeworkOutput(...words(one, "--trials", "1", "--quiet"));
    const { code, errors } = await latticework(...words(one, "--trials", "1", "--seed", "2"));
    expect(code).toBe(1);
    expect(errors).toContain("holds a sweep with seed 1, found 2; sweep into another folder");
  });

  test("to go on over other features of the same shape", async () => {
    const one = out();
    await latticeworkOutput(...words(one, "--trials", "1", "--quiet"));
    await withOtherFeatures(dataset, "image", async () => {
      const { code, errors } = await latticework(...words(one, "--trials", "2"));
      expect(code).toBe(1);
      expect(errors).toContain(
        "holds a sweep over other image features than the dataset has now; sweep into another folder",
      );
    });
  });

  test("a folder that is something else's", async () => {
    const { code, errors } = await latticework(...words(dataset));
    expect(code).toBe(1);
    expect(errors).toContain("is not the folder of a sweep and not empty");
  });
});
