/** An index in a file, with a note beside it of what it was built from: the note is written last, so that half an index is never read. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { replaceAtomically, writeFileAtomically } from "../../data/atomic-file.ts";
import type { Matrix } from "../../engine/engine.ts";

const noteSchema = z.object({ format: z.literal(1), fingerprint: z.string() });

const noteOf = (file: string): string => `${file}.json`;

/** Of the embeddings' bytes and of all that the index depends on beside them. */
export function fingerprintOf({ rows, columns, data }: Matrix, settings: Readonly<Record<string, number>>): string {
  return createHash("sha256")
    .update(JSON.stringify({ rows, columns, ...settings }))
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
}

/** Whether the file holds an index of this fingerprint. */
export function keptIndex(file: string, fingerprint: string): boolean {
  if (!existsSync(file) || !existsSync(noteOf(file))) return false;
  try {
    const note = noteSchema.safeParse(JSON.parse(readFileSync(noteOf(file), "utf8")));
    return note.success && note.data.fingerprint === fingerprint;
  } catch {
    // A note that is no JSON says nothing about the index: it is built anew.
    return false;
  }
}

/** @param write writes the index to the path it is given */
export async function keepIndex(file: string, fingerprint: string, write: (path: string) => void): Promise<void> {
  rmSync(noteOf(file), { force: true });
  await replaceAtomically(file, async (beside) => write(beside));
  writeFileAtomically(noteOf(file), `${JSON.stringify({ format: 1, fingerprint })}\n`);
}
