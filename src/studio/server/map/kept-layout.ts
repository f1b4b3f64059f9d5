/** A layout is kept beside the run, in `studio/map.json`, named by the hash of the weights that it was made of: it takes long and is always the same. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../../../data/atomic-file.ts";
import { manifestSchema, runFiles } from "../../../runs/run-format.ts";
import type { Layout } from "./layout.ts";

const keptSchema = z.object({
  /** Raised when the layout is made in another way. */
  version: z.literal(1),
  weights: z.string(),
  x: z.array(z.number()),
  y: z.array(z.number()),
  community: z.array(z.number()),
});

const fileOf = (folder: string): string => path.join(folder, "studio", "map.json");

function hashOfWeights(folder: string): string {
  const manifest = manifestSchema.parse(JSON.parse(fs.readFileSync(path.join(folder, runFiles.manifest), "utf8")));
  return manifest.files[runFiles.weights]?.sha256 ?? "";
}

/** @returns undefined where none is kept, or one of other weights */
export function readLayout(folder: string, items: number): Layout | undefined {
  try {
    const kept = keptSchema.parse(JSON.parse(fs.readFileSync(fileOf(folder), "utf8")));
    if (kept.weights !== hashOfWeights(folder) || kept.x.length !== items) return undefined;
    return { x: Float32Array.from(kept.x), y: Float32Array.from(kept.y), community: Int32Array.from(kept.community) };
  } catch {
    return undefined;
  }
}

/** @returns false where it cannot be written, as in a run folder that is write-protected */
export function keepLayout(folder: string, { x, y, community }: Layout): boolean {
  const rounded = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toFixed(2)));
  try {
    fs.mkdirSync(path.dirname(fileOf(folder)), { recursive: true });
    const kept: z.output<typeof keptSchema> = {
      version: 1,
      weights: hashOfWeights(folder),
      x: rounded(x),
      y: rounded(y),
      community: [...community],
    };
    writeFileAtomically(fileOf(folder), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}
