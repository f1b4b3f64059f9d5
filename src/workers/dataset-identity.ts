/**
 * Which dataset a job is for. The fingerprint finds it, and a digest of every feature and neighbour makes sure of it: features that were encoded in another way
 * have the shape that a fingerprint knows, and would give other figures.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Dataset } from "../data/dataset.ts";
import { contentOf } from "../data/modality-content.ts";

export const datasetIdentitySchema = z.strictObject({
  /** For people: its folder may be called otherwise elsewhere. */
  name: z.string(),
  /** With all its modalities. */
  fingerprint: z.string(),
  /** SHA-256 of features and neighbours. */
  content: z.string(),
});
export type DatasetIdentity = z.output<typeof datasetIdentitySchema>;

/** Reads all features. @throws DatasetError where they cannot be read */
export function identityOf({ name, fingerprint, modalities }: Dataset): DatasetIdentity {
  const hash = createHash("sha256");
  for (const modality of modalities) hash.update(JSON.stringify([modality.name, contentOf(modality)]));
  return { name, fingerprint, content: hash.digest("hex") };
}
