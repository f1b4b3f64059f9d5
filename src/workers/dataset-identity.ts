/**
 * Which dataset a job is for. The fingerprint finds it, and a digest of every feature and neighbour makes sure of it: features that were encoded in another way
 * have the shape that a fingerprint knows, and would give other figures.
 */
import { createHash, type Hash } from "node:crypto";
import { z } from "zod";
import type { Dataset, FeatureSource, Modality } from "../data/dataset.ts";

export const datasetIdentitySchema = z.strictObject({
  /** For people: its folder may be called otherwise elsewhere. */
  name: z.string(),
  /** With all its modalities. */
  fingerprint: z.string(),
  /** SHA-256 of features and neighbours. */
  content: z.string(),
});
export type DatasetIdentity = z.output<typeof datasetIdentitySchema>;

const blockValues = 1 << 20;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function addFeatures(hash: Hash, { rows, columns, read }: FeatureSource): void {
  const step = Math.max(1, Math.floor(blockValues / columns));
  const block = new Float32Array(step * columns);
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    read(from, to, block);
    hash.update(bytesOf(block.subarray(0, (to - from) * columns)));
  }
}

function addModality(hash: Hash, { name, features, neighbours }: Modality): void {
  hash.update(JSON.stringify([name, features?.columns, neighbours?.width]));
  if (features !== undefined) addFeatures(hash, features);
  if (neighbours === undefined) return;
  hash.update(bytesOf(neighbours.indices));
  hash.update(bytesOf(neighbours.cosines));
}

/** Reads all features. @throws DatasetError where they cannot be read */
export function identityOf({ name, fingerprint, modalities }: Dataset): DatasetIdentity {
  const hash = createHash("sha256");
  for (const modality of modalities) addModality(hash, modality);
  return { name, fingerprint, content: hash.digest("hex") };
}
