/** `compare` as a user runs it: trained in processes of their own, stopped and gone on with, refused in words. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readComparison } from "../src/comparison/comparison-format.ts";
import { writeManifest } from "../src/runs/manifest.ts";
import { latticework, latticeworkOutput, startLatticework } from "./command.ts";
import { slowly, withOtherFeatures, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let dataset = "";
const quickly = ["--set", "epochs=4", "validateEvery=2", "embeddingSize=8", "neighbours=3", "--threads", "1"];

beforeAll(() => {
  dataset = writeSmallDataset(folder);
});

describe("a comparison", () => {
  const out = () => join(folder, "three");
  const words = (...models: string[]) => ["compare", dataset, "--models", models.join(","), "--out", out(), ...quickly];

  test("trains, measures, tests and writes", async () => {
    const output = await latticeworkOutput(...words("popularity", "mf", "lattice"), "--seeds", "2", "--parallel", "2");
    expect(output).toMatch(/small: \d+ users with test items; 2 seeds/);
    const comparison = readComparison(join(out(), "compare.json"));
    expect(comparison.contenders.map(({ name }) => name)).toEqual(["popularity", "mf", "lattice"]);
    const best = comparison.contenders.toSorted(
      (a, b) => (b.validation["recall@20"]?.mean ?? 0) - (a.validation["recall@20"]?.mean ?? 0),
    )[0];
    expect(comparison.reference).toEqual({ name: best?.name, chosenBy: "validation" });
    for (const contender of comparison.contenders) {
      expect(contender.runs.map(({ seed }) => seed)).toEqual([1, 2]);
      for (const run of contender.runs) {
        const metrics = JSON.parse(readFileSync(join(out(), run.folder, "metrics.json"), "utf8"));
        expect(run.test).toEqual(metrics.test);
      }
      const [first, second] = contender.runs.map((run) => run.test["recall@20"] ?? Number.NaN);
      const mean = ((first ?? 0) + (second ?? 0)) / 2;
      expect(contender.test["recall@20"]?.mean).toBeCloseTo(mean, 12);
      expect(contender.test["recall@20"]?.deviation).toBeCloseTo(
        Math.abs((first ?? 0) - (second ?? 0)) / Math.SQRT2,
        12,
      );
      const [low, high] = contender.intervals["recall@20"] ?? [];
      expect(low).toBeLessThanOrEqual(mean);
      expect(high).toBeGreaterThanOrEqual(mean);
      const { activity, popularity } = comparison.breakdown;
      const byActivity = contender.byActivity["recall@20"] ?? [];
      const weighted = activity.reduce((sum, { weight }, index) => sum + weight * (byActivity[index] ?? 0), 0);
      expect(weighted / comparison.protocol.users).toBeCloseTo(mean, 12);
      expect(contender.byPopularity).toHaveLength(popularity.length);
      expect(contender.exposure.coverage).toBeCloseTo(contender.test["coverage@20"]?.mean ?? 0, 12);
      const tested = Object.keys(contender.significance);
      expect(tested).toEqual(contender.name === best?.name ? [] : ["recall@20", "ndcg@20"]);
    }
    const csv = readFileSync(join(out(), "compare.csv"), "utf8");
    expect(csv.split("\n")[0]).toBe(
      "dataset,contender,model,backbone,split,figure,mean,deviation,low,high,difference,p,corrected_p,reference",
    );
    expect(csv).toContain("small,lattice,lattice,lightgcn,test,recall@20,");
    expect(readFileSync(join(out(), "report.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  test("keeps what is trained, trains what is missing, and says the same again", async () => {
    const run = (model: string, seed: number) => join(out(), "runs", model, `seed-${seed}`);
    const before = statSync(join(run("mf", 1), "manifest.json")).mtimeMs;
    const found = readComparison(join(out(), "compare.json"));
    rmSync(run("lattice", 2), { recursive: true });
    const { code, errors } = await latticework(...words("popularity", "mf", "lattice"), "--seeds", "2");
    expect(code, errors).toBe(0);
    expect(errors).toContain("6 trainings, 5 done already");
    expect(statSync(join(run("mf", 1), "manifest.json")).mtimeMs).toBe(before);
    const again = readComparison(join(out(), "compare.json"));
    expect(again.contenders.map((contender) => [contender.test, contender.significance])).toEqual(
      found.contenders.map((contender) => [contender.test, contender.significance]),
    );
  });

  test("names runs of another version, which it pools with those of this one", async () => {
    const place = join(out(), "runs", "mf", "seed-2");
    const config = join(place, "config.json");
    const text = readFileSync(config, "utf8");
    const version = JSON.parse(text).environment.latticework;
    writeFileSync(config, text.replace(`"latticework": "${version}"`, '"latticework": "0.0.1"'));
    writeManifest(place, Object.keys(JSON.parse(readFileSync(join(place, "manifest.json"), "utf8")).files));
    const { code, errors } = await latticework(...words("popularity", "mf", "lattice"), "--seeds", "2");
    expect(code, errors).toBe(0);
    expect(errors).toContain(
      `mf seed 2 was trained by latticework 0.0.1, the others by ${version}: figures of two versions do not compare; remove what is to be trained again`,
    );
    const { contenders } = readComparison(join(out(), "compare.json"));
    expect(contenders.map(({ runs }) => runs.map((run) => run.latticework))).toEqual([
      [version, version],
      [version, "0.0.1"],
      [version, version],
    ]);
  });

  test("tests against the reference that was asked for", async () => {
    await latticeworkOutput(...words("mf", "lattice"), "--seeds", "1", "--reference", "mf");
    const comparison = readComparison(join(out(), "compare.json"));
    expect(comparison.reference).toEqual({ name: "mf", chosenBy: "user" });
    expect(comparison.contenders[0]?.significance).toEqual({});
    expect(comparison.contenders[0]?.test["recall@20"]?.deviation).toBeUndefined();
  });

  test("refuses runs of other settings in its folder", async () => {
    const { code, errors } = await latticework(...words("mf"), "--seeds", "1", "--set", "epochs=9");
    expect(code).toBe(1);
    expect(errors).toMatch(/seed-1 was trained with epochs 4, found 9 for mf; compare into another folder/);
  });

  test("refuses runs that were trained with other features of the same shape, and keeps those that use none", async () => {
    await withOtherFeatures(dataset, "text", async () => {
      const { code, errors } = await latticework(...words("mf", "lattice"), "--seeds", "2");
      expect(code).toBe(1);
      expect(errors).toMatch(/seed-1 was trained with other text features than the dataset has now; compare into/);
      expect((await latticework(...words("mf"), "--seeds", "2")).code).toBe(0);
    });
  });
});

test("Ctrl-C saves and exits 130; the same command goes on", async () => {
  const out = join(folder, "stopped");
  const words = ["compare", dataset, "--models", "lattice", "--seeds", "1", "--out", out, ...slowly, "epochs=300"];
  const stopped = startLatticework(...words, "--threads", "1");
  await stopped.seen("lattice seed 1: begins");
  const run = join(out, "runs", "lattice", "seed-1");
  while (!existsSync(join(run, "config.json"))) await new Promise((resolve) => setTimeout(resolve, 20));
  stopped.process.kill("SIGINT");
  const { code, errors } = await stopped.ended;
  expect(code, errors).toBe(130);
  expect(errors).toContain("Go on with the same command");
  expect(existsSync(join(run, "manifest.json"))).toBe(false);
  expect(existsSync(join(out, "compare.json"))).toBe(false);
  const second = await latticework(...words, "--threads", "1");
  expect(second.code, second.errors).toBe(0);
  expect(second.errors).toContain("lattice seed 1: goes on from its checkpoint");
  expect(existsSync(join(out, "compare.json"))).toBe(true);
});

test("killed in the middle of a training, the same command goes on where it was, to the same bytes", async () => {
  const weightsOf = (out: string) => readFileSync(join(out, "runs", "lattice", "seed-1", "weights.safetensors"));
  const [whole, killed] = [join(folder, "whole"), join(folder, "killed")];
  const run = join(killed, "runs", "lattice", "seed-1");
  const words = (out: string): string[] => [
    ...["compare", dataset, "--models", "popularity,lattice", "--seeds", "1", "--out", out, "--threads", "1"],
    ...slowly,
    "epochs=400",
  ];
  await latticeworkOutput(...words(whole), "--quiet");
  // Checkpoints of a training come half a minute apart: Ctrl-C makes one now.
  const stopped = startLatticework(...words(killed));
  await stopped.seen("lattice seed 1: begins");
  while (!existsSync(join(run, "config.json"))) await new Promise((resolve) => setTimeout(resolve, 20));
  stopped.process.kill("SIGINT");
  expect((await stopped.ended).code).toBe(130);
  const again = startLatticework(...words(killed));
  await again.seen("lattice seed 1: goes on from its checkpoint");
  again.process.kill("SIGKILL");
  expect((await again.ended).signal).toBe("SIGKILL");
  expect(existsSync(join(run, "manifest.json"))).toBe(false);
  const { history } = JSON.parse(readFileSync(join(run, "checkpoint", "checkpoint.json"), "utf8")).content;
  expect(history.length).toBeGreaterThan(0);

  const { code, errors } = await latticework(...words(killed));
  expect(code, errors).toBe(0);
  expect(errors).toContain("2 trainings, 1 done already");
  expect(errors).toContain("lattice seed 1: goes on from its checkpoint");
  const lines = readFileSync(join(run, "history.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(400);
  // With their seconds: these epochs were not trained again.
  expect(lines.slice(0, history.length).map((line) => JSON.parse(line))).toEqual(history);
  expect(weightsOf(killed).equals(weightsOf(whole))).toBe(true);
  expect(readComparison(join(killed, "compare.json")).contenders.map((one) => one.test)).toEqual(
    readComparison(join(whole, "compare.json")).contenders.map((one) => one.test),
  );
});

test.each([
  ["an unknown model", ["--models", "mf,latice"], /model "latice" does not exist; did you mean "lattice"\?/],
  ["an unknown option", ["--models", "mf", "--set", "epoch=3"], /option "epoch" does not exist; did you mean "epochs"/],
  ["a modality that is not there", ["--models", "mf,vbpr", "--set", "modalities=smell"], /"smell" is not a modality/],
  ["a reference outside", ["--models", "mf,ngcf", "--reference", "mff"], /takes no part.*did you mean "mf"/],
])("refuses %s before anything trains", async (_, words, message) => {
  const out = join(folder, "refused");
  const { code, errors } = await latticework("compare", dataset, "--out", out, ...words);
  expect(code).toBe(1);
  expect(errors).toMatch(message);
  expect(existsSync(out)).toBe(false);
});

test("refuses somebody else's folder", async () => {
  const out = join(folder, "letters");
  mkdirSync(out);
  writeFileSync(join(out, "report.html"), "mine");
  const { code, errors } = await latticework("compare", dataset, "--models", "mf", "--out", out);
  expect(code).toBe(1);
  expect(errors).toMatch(/letters is not the folder of a comparison and not empty/);
  expect(readFileSync(join(out, "report.html"), "utf8")).toBe("mine");
});
