/** A made-up shop that trains in moments: a dataset in a folder, so that it can be retrained, and a run on it. */
import { join } from "node:path";
import { writeNativeDataset } from "../../src/data/native-layout.ts";
import { syntheticDataset } from "../../src/data/synthetic.ts";
import { trainRun } from "../../src/runs/train-run.ts";

/** Values of the one modality, that items have to bring. */
export const textColumns = 8;

/** @param folder made, with the dataset and the runs in it @returns run folders, a seed each */
export async function makeServedRuns(folder: string, seeds: readonly number[]): Promise<readonly string[]> {
  const dataset = join(folder, "dataset");
  const modalities = [{ name: "text", columns: textColumns }];
  await writeNativeDataset(dataset, syntheticDataset({ users: 60, items: 40, interactions: 600, modalities, seed: 1 }));
  const sizes = { batchSize: 256, embeddingSize: 8, featureEmbeddingSize: 8, neighbours: 5 };
  const runs: string[] = [];
  for (const seed of seeds) {
    const out = join(folder, `run-${seed}`);
    const options = { ...sizes, learningRate: 0.01, epochs: 3, validateEvery: 1 };
    await trainRun({ dataset, out, model: "lattice", options, seed, threads: 1 });
    runs.push(out);
  }
  return runs;
}
