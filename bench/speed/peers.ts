/** The PyTorch peers as child processes: how each is started and what it answers. */
import { join } from "node:path";
import { z } from "zod";
import { measurePeerInProcess } from "../measuring/measured-process.ts";

const peersFolder = join(import.meta.dirname, "../peers");

export const peerNames = ["dense", "sparse", "bags"] as const;
export type PeerName = (typeof peerNames)[number];

export const peerTitles: Readonly<Record<PeerName, string>> = {
  dense: "PyTorch, dense as released",
  sparse: "PyTorch, sparse",
  bags: "PyTorch, sparse through embedding_bag",
};

const peerResultSchema = z.object({
  stepsPerEpoch: z.number(),
  graphSeconds: z.number(),
  buildSeconds: z.array(z.number()),
  stepSeconds: z.number(),
  epochSeconds: z.array(z.number()),
  epochCpuSeconds: z.array(z.number()),
  trainingPeakBytes: z.number(),
  evaluation: z
    .object({
      rebuildSeconds: z.number(),
      productsSeconds: z.array(z.number()),
      bufferedProductsSeconds: z.array(z.number()),
      rankingSeconds: z.array(z.number()),
    })
    .nullable(),
});
export type PeerResult = z.infer<typeof peerResultSchema>;

export interface PeerTask {
  readonly python: string;
  readonly data: string;
  readonly threads: number;
  readonly seed: number;
  /** Whole epochs of the sparse peers. The dense peer's epoch takes minutes: it is always one build and a few ordinary steps. */
  readonly epochs: number;
  /** Whole epochs of the dense peer too. */
  readonly wholeDense: boolean;
  readonly evaluations: number;
}

export function measurePeer(name: PeerName, task: PeerTask): Promise<PeerResult> {
  const common = ["--data", task.data, "--threads", `${task.threads}`, "--seed", `${task.seed}`];
  const evaluations = ["--evaluations", `${name === "bags" ? 0 : task.evaluations}`];
  const epochs = ["--epochs", `${task.epochs}`];
  const run = (script: string, ...more: string[]): Promise<PeerResult> =>
    measurePeerInProcess(
      task.python,
      [join(peersFolder, script), ...common, ...evaluations, ...more],
      peerResultSchema,
    );
  switch (name) {
    case "dense":
      return run("lattice_dense.py", ...(task.wholeDense ? epochs : ["--builds", "1", "--steps", "8"]));
    case "sparse":
      return run("lattice_sparse.py", ...epochs);
    case "bags":
      return run("lattice_sparse.py", ...epochs, "--products", "bags");
  }
}
