/** What a training says while it runs: for people, for machines, for nobody. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { latticework, main, start } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let dataset = "";
let runs = 0;

beforeAll(() => {
  dataset = writeSmallDataset(folder);
});

const train = (...words: readonly string[]) =>
  latticework(
    "train",
    dataset,
    "--out",
    join(folder, `run-${runs++}`),
    "--epochs",
    "6",
    "--threads",
    "1",
    ...words,
    ...quickly,
  );

test("without a screen: memory before, time after the first epoch, a plain line a validated epoch", async () => {
  const { code, output, errors } = await train();
  expect(code).toBe(0);
  const lines = errors.trimEnd().split("\n");
  const memory = lines.findIndex((line) => /memory.*(MB|GB)/.test(line));
  const time = lines.findIndex((line) => /first epoch took/.test(line));
  const first = lines.findIndex((line) => line.startsWith("epoch 0 "));
  expect(memory).toBeGreaterThanOrEqual(0);
  expect(time).toBeGreaterThan(memory);
  expect(first).toBeGreaterThan(memory);
  expect(lines.filter((line) => line.startsWith("epoch "))).toHaveLength(2);
  expect(lines[first]).toMatch(/^epoch 0 {2}loss \d+\.\d+ {2}recall@20 0\.\d{4}/);
  expect(errors + output).not.toContain("\u001b[");
});

test("--json: an object a line, each epoch, then the metrics", async () => {
  const { code, output } = await train("--json");
  expect(code).toBe(0);
  const objects = output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(objects).toHaveLength(7);
  expect(objects.slice(0, 6).map((record) => record.epoch)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(objects[6]).toMatchObject({ model: "lattice", epochs: 6, test: { "recall@20": expect.any(Number) } });
});

test("--quiet: nothing", async () => {
  expect(await train("--quiet")).toMatchObject({ code: 0, output: "", errors: "" });
});

test("--json --quiet: the objects and nothing else", async () => {
  const { output, errors } = await train("--json", "--quiet");
  expect(output.trimEnd().split("\n")).toHaveLength(7);
  expect(errors).toBe("");
});

describe("a reader that goes away", () => {
  const piped = (command: string) => start("bash", ["-c", `set -o pipefail; ${command} | head -n 1`]).ended;

  test("ends help and tables without a complaint", async () => {
    const { code, errors } = await piped(`'${process.execPath}' '${main}' train --help`);
    expect(errors).toBe("");
    expect(code).toBe(0);
  });

  test("ends a training after its epoch, saved", async () => {
    const run = join(folder, "headless");
    const { code, output, errors } = await piped(
      `'${process.execPath}' '${main}' train '${dataset}' --out '${run}' --epochs 5000 --threads 1 --json ${quickly.join(" ")} patience=5000`,
    );
    expect(output.trimEnd().split("\n")).toHaveLength(1);
    expect(errors).not.toMatch(/EPIPE/);
    expect(code).toBe(130);
    expect(existsSync(join(run, "checkpoint"))).toBe(true);
    expect(existsSync(join(run, "manifest.json"))).toBe(false);
  });
});
