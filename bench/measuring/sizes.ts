/**
 * Made-up datasets of the field's sizes, all alike but in their number of users, items and interactions: 4096-d
 * images and 1024-d texts, or 384-d texts as sentence encoders make them today.
 */
import type { Dataset } from "../../src/data/dataset.ts";
import { syntheticDataset } from "../../src/data/index.ts";

export interface Size {
  readonly users: number;
  readonly items: number;
  /** Interactions in the training split. */
  readonly training: number;
}

export const sizeNames = ["baby", "sports", "clothing", "electronics"] as const;
export type SizeName = (typeof sizeNames)[number];

export const sizes: Readonly<Record<SizeName, Size>> = {
  baby: { users: 19_445, items: 7_050, training: 118_551 },
  sports: { users: 35_598, items: 18_357, training: 296_337 },
  clothing: { users: 39_387, items: 23_033, training: 278_677 },
  electronics: { users: 192_403, items: 63_001, training: 1_689_188 },
};

export const modalities = [
  { name: "image", columns: 4096 },
  { name: "text", columns: 1024 },
] as const;

export const modalitiesOfToday = [
  { name: "image", columns: 4096 },
  { name: "text", columns: 384 },
] as const;

/**
 * A dataset whose training split has `training` interactions, give or take 0.05%: the generator is told the number
 * over all splits and holds out by user, so the total is corrected by what was missed.
 */
export function madeUpDataset(
  { users, items, training }: Size,
  seed: number,
  of: readonly { readonly name: string; readonly columns: number }[] = modalities,
): Dataset {
  let interactions = Math.round(training * 1.35);
  for (;;) {
    const dataset = syntheticDataset({ users, items, interactions, modalities: of, seed });
    const missing = training - dataset.interactions.train.columnIndices.length;
    if (Math.abs(missing) <= training / 2000) return dataset;
    interactions += missing;
  }
}
