/** The same seed gives the same bytes: for any number of threads, every model and backbone; another seed gives others. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { latticeworkOutput } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let dataset = "";
let runs = 0;

beforeAll(() => {
  dataset = writeSmallDataset(folder);
});

async function weightsHash(...words: readonly string[]): Promise<string> {
  const out = join(folder, `run-${runs++}`);
  await latticeworkOutput("train", dataset, "--out", out, "--epochs", "6", "--quiet", ...words, ...quickly);
  return createHash("sha256")
    .update(readFileSync(join(out, "weights.safetensors")))
    .digest("hex");
}

test.each([
  ["lattice", "lightgcn"],
  ["lattice", "ngcf"],
  ["lattice", "mf"],
  ["lightgcn", "lightgcn"],
  ["ngcf", "lightgcn"],
  ["mf", "lightgcn"],
])("%s on %s with 1, 2 and 3 threads", async (model, backbone) => {
  const words = ["--model", model, "--backbone", backbone, "--seed", "3"];
  const one = await weightsHash(...words, "--threads", "1");
  expect(await weightsHash(...words, "--threads", "2")).toBe(one);
  expect(await weightsHash(...words, "--threads", "3")).toBe(one);
});

test("another seed gives other weights", async () => {
  expect(await weightsHash("--seed", "4")).not.toBe(await weightsHash("--seed", "5"));
});
