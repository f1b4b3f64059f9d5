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
  ["lattice", "lightgcn", "7e070538217e26fc063be350699d8218e3180a927049d8837e40e3d3fd105e07"],
  ["lattice", "ngcf", "21344b3918d23c5f20f57b1c6619ca0f2118b71de643af21daa9c7ed7607cbd9"],
  ["mf", "mf", "8e49624925941ec23c717ae03cd7b4e0fcdc8e0c036488476c1de68e9d036582"],
] as const)("%s on %s", async (model, backbone, held) => {
  const hash = await weightsHash(model, backbone, 1);
  expect(await weightsHash(model, backbone, 2)).toBe(hash);
  expect(hash).toBe(held);
});
