/**
 * The weights of small trainings, held by their SHA-256: a machine, a Node or a change that computes other bytes is caught
 * here. The dataset is large enough that every kernel splits its work among threads.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BackboneName, type ModelName, syntheticDataset, train } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const dataset = syntheticDataset({
  users: 1200,
  items: 800,
  interactions: 13_000,
  modalities: [
    { name: "image", columns: 96 },
    { name: "text", columns: 64 },
  ],
  seed: 1,
});

async function weightsHash(model: ModelName, backbone: BackboneName, threads: number): Promise<string> {
  const out = join(folder, `${model}-${backbone}-${threads}`);
  await train({
    dataset,
    out,
    model,
    backbone,
    seed: 1,
    threads,
    options: { epochs: 3, validateEvery: 1, batchSize: 512, learningRate: 2e-3 },
  });
  return createHash("sha256")
    .update(readFileSync(join(out, "weights.safetensors")))
    .digest("hex");
}

test.each([
  ["lattice", "lightgcn", "cd75eb26b602651a0ac5a121afe7e29f238ed9a15a98fd953cda5e3f614c4ec7"],
  ["lattice", "ngcf", "5bf9f803a279b59e3f451b872f29a5e4ba338f8f29d0f4a27e6ac790e4668407"],
  ["mf", "mf", "8e49624925941ec23c717ae03cd7b4e0fcdc8e0c036488476c1de68e9d036582"],
] as const)("%s on %s", async (model, backbone, held) => {
  const hash = await weightsHash(model, backbone, 1);
  expect(await weightsHash(model, backbone, 2)).toBe(hash);
  expect(hash).toBe(held);
});
