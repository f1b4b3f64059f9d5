/** `workers.json`: what a comparison is called among the jobs of a server, kept in its folder while it runs so that it finds its own again after a kill. */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { comparisonFiles } from "./comparison-format.ts";

const nameSchema = z.object({ id: z.uuid() });

function readName(file: string): string | undefined {
  try {
    return nameSchema.parse(JSON.parse(fs.readFileSync(file, "utf8"))).id;
  } catch {
    // Absent or damaged: trainings under the earlier name are trained again.
    return undefined;
  }
}

/** Makes the folder where it does not exist. */
export function nameOfComparison(out: string): string {
  const file = path.join(out, comparisonFiles.workers);
  const before = readName(file);
  if (before !== undefined) return before;
  const id = randomUUID();
  fs.mkdirSync(out, { recursive: true });
  writeFileAtomically(file, `${JSON.stringify({ id })}\n`);
  return id;
}

export function forgetName(out: string): void {
  fs.rmSync(path.join(out, comparisonFiles.workers), { force: true });
}
