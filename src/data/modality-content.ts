/**
 * What a modality holds, as one digest: a dataset's fingerprint knows the shape of its features, and features that were encoded in another way have the same
 * shape and would give other figures.
 */
import { createHash, type Hash } from "node:crypto";
import type { FeatureSource, Modality } from "./dataset.ts";

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

const known = new WeakMap<Modality, string>();

/** @returns SHA-256 of features and neighbours; all features are read, once for an opened modality @throws DatasetError where they cannot be read */
export function contentOf(modality: Modality): string {
  const before = known.get(modality);
  if (before !== undefined) return before;
  const { features, neighbours } = modality;
  const hash = createHash("sha256").update(JSON.stringify([features?.columns, neighbours?.width]));
  if (features !== undefined) addFeatures(hash, features);
  if (neighbours !== undefined) hash.update(bytesOf(neighbours.indices)).update(bytesOf(neighbours.cosines));
  const content = hash.digest("hex");
  known.set(modality, content);
  return content;
}

/** What was noted of a modality once. */
export interface NotedContent {
  readonly name: string;
  /** Absent where it was not noted. */
  readonly content?: string | undefined;
}

/** @returns the name of a modality that holds something else by now; what is no longer there is left to fingerprints */
export function changedModality(noted: readonly NotedContent[], modalities: readonly Modality[]): string | undefined {
  return noted.find(({ name, content }) => {
    const now = modalities.find((modality) => modality.name === name);
    return content !== undefined && now !== undefined && contentOf(now) !== content;
  })?.name;
}
