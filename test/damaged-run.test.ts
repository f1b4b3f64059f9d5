/** A run folder cut short at any byte of any file is refused with the file's name; so are newer formats and missing files. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openRecommender } from "../src/index.ts";
import { latticework, latticeworkOutput } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const whole = join(folder, "whole");
const damaged = join(folder, "damaged");
let files: string[] = [];

beforeAll(async () => {
  const dataset = writeSmallDataset(folder);
  await latticeworkOutput("train", dataset, "--out", whole, "--epochs", "2", "--quiet", ...quickly);
  files = readdirSync(whole).filter((name) => statSync(join(whole, name)).isFile());
});

function spoilt(file: string, spoil: (path: string) => void): string {
  rmSync(damaged, { recursive: true, force: true });
  cpSync(whole, damaged, { recursive: true });
  spoil(join(damaged, file));
  return damaged;
}

test("cut at any byte of any file: refused, naming the file", async () => {
  const cuts = fc
    .constantFrom(...files)
    .chain((file) => fc.tuple(fc.constant(file), fc.integer({ min: 0, max: statSync(join(whole, file)).size - 1 })));
  await fc.assert(
    fc.asyncProperty(cuts, async ([file, bytes]) => {
      const run = spoilt(file, (path) => truncateSync(path, bytes));
      await expect(openRecommender(run)).rejects.toThrow(file);
    }),
    {
      numRuns: 60,
      examples: files.flatMap(
        (file) => [[[file, 0]], [[file, statSync(join(whole, file)).size - 1]]] as [[string, number]][],
      ),
    },
  );
});

test("the command says it in one line, exit code 1", async () => {
  const run = spoilt("weights.safetensors", (path) => truncateSync(path, 100));
  for (const words of [
    ["evaluate", run],
    ["recommend", run, "--all"],
    ["similar", run, "--item", "1"],
    ["export", run, "--out", join(folder, "out")],
  ]) {
    const { code, output, errors } = await latticework(...words);
    expect(errors).toMatch(/^error: .*weights\.safetensors.*\n$/);
    expect(output).toBe("");
    expect(code).toBe(1);
  }
});

test("a file that is gone is named", async () => {
  for (const file of files) await expect(openRecommender(spoilt(file, (path) => rmSync(path)))).rejects.toThrow();
});

test("a newer format is refused with the advice to install a newer version", async () => {
  const run = spoilt("config.json", (path) => {
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), formatVersion: 99 }));
  });
  const { code, errors } = await latticework("evaluate", run);
  expect(errors).toMatch(/^error: .*config\.json.*99.*newer latticework/);
  expect(code).toBe(1);
});
