/** Names of the files of a modality, in each layout, and which names of modalities can be file names. */
import { DatasetError } from "../errors.ts";

export const featureSuffix = "_feat.npy";
export const nativeFeatureSuffix = ".npy";
export const missingSuffix = "_missing.npy";
export const indexSuffix = "_neighbours_index.npy";
export const cosineSuffix = "_neighbours_cosine.npy";

/** How messages name the two files of a modality's neighbours. */
export function neighbourLabels(modality: string): { readonly indices: string; readonly cosines: string } {
  return { indices: modality + indexSuffix, cosines: modality + cosineSuffix };
}

const taken = ["_feat", "_missing", "_neighbours_index", "_neighbours_cosine"];

/** @throws DatasetError when files of this modality could not be told from others, or could not be made */
export function checkModalityName(name: string): void {
  const suffix = taken.find((ending) => name.endsWith(ending));
  if (suffix !== undefined) {
    throw new DatasetError(`modality "${name}" ends in ${suffix}, which marks files of another modality; rename it`);
  }
  if (/^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name) && name.length <= 100 && !/[. ]$/.test(name)) return;
  throw new DatasetError(
    `modality ${JSON.stringify(name)} cannot be a file name; expected letters, digits, "_", "-" and "." (at most 100), e.g. "image"`,
  );
}
