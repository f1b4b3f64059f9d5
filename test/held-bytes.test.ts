/**
 * The weights of small trainings, held by their SHA-256: a machine, a Node or a change that computes other bytes is caught
 * here. The demo shop is large enough that every kernel splits its work among threads.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BackboneName, demoCatalogue, type ModelName, train } from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

async function weightsHash(model: ModelName, backbone: BackboneName, threads: number): Promise<string> {
  const out = join(folder, `${model}-${backbone}-${threads}`);
  await train({
    dataset: demoCatalogue(1),
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
  ["lattice", "lightgcn", "0eb9023f32ff9da76b600f7e21d0605d71afe60c5e4ca797803c298e18d1af8a"],
  ["lattice", "ngcf", "4fc3fe1c6e1e5be64080775e0cb0a6bf812f188673a62aaeb259f303bff293b0"],
  ["mf", "mf", "310ea6e3cdfc5e3a4fa841bc01f370d3b43080f2ead3a98fd490041276d699c8"],
] as const)("%s on %s", async (model, backbone, held) => {
  const hash = await weightsHash(model, backbone, 1);
  expect(await weightsHash(model, backbone, 2)).toBe(hash);
  expect(hash).toBe(held);
});
