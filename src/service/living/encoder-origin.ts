/**
 * Where the encoders of a dataset come from. A dataset that was gathered from a store has the features that earlier encoders made; items that come
 * later have to be encoded by the same ones, which stand in the dataset that the first run was trained on. So its description names that dataset
 * and its fingerprint, and what they made of items stays valid from version to version.
 */
import { z } from "zod";
import { hasDescription, readDatasetDescription } from "../../data/native-layout.ts";

export interface EncoderOrigin {
  /** Dataset folder. */
  readonly folder: string;
  /** What the encoders' work is known by: the fingerprint of that dataset. */
  readonly fingerprint: string;
}

const preparationSchema = z.object({
  gathered: z.object({ encoders: z.object({ folder: z.string(), fingerprint: z.string() }) }),
});

/** @param folder of the dataset @param fingerprint its own, for one that was not gathered */
export function encoderOrigin(folder: string, fingerprint: string): EncoderOrigin {
  const own = { folder, fingerprint };
  if (!hasDescription(folder)) return own;
  const parsed = preparationSchema.safeParse(readDatasetDescription(folder).preparation);
  return parsed.success ? parsed.data.gathered.encoders : own;
}
