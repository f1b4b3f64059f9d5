/** The PyTorch peers of single models as child processes. */
import { join } from "node:path";
import { z } from "zod";
import type { ModelName } from "../../src/models/configuration.ts";
import { measurePeerInProcess } from "../measuring/measured-process.ts";
import { trainingSchema } from "./training.ts";

export const peerModels = ["lightgcn", "vbpr", "freedom", "bm3", "mmgcn"] as const satisfies readonly ModelName[];
export type PeerModel = (typeof peerModels)[number];

const peerSchema = trainingSchema.extend({
  /** 10⁹ multiplications and additions a second of a dense product, on all threads: shows which BLAS PyTorch runs on. */
  gigaflops: z.number(),
});
export type PeerTraining = z.infer<typeof peerSchema>;

export interface PeerTask {
  readonly python: string;
  readonly data: string;
  readonly threads: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

export function trainPeer(model: PeerModel, task: PeerTask): Promise<PeerTraining> {
  const { python, data, threads, batchSize, epochs, seed } = task;
  const file = join(import.meta.dirname, `../peers/${model}.py`);
  const numbers = { threads, batch: batchSize, epochs, seed };
  const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  return measurePeerInProcess(python, [file, "--data", data, ...options], peerSchema);
}
