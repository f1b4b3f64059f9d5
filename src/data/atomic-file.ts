/**
 * Files that are either whole or as they were before: the new content is written beside the old file, forced to the
 * disk, and renamed over it. Whoever reads the path sees the old bytes or the new ones, never a part of them, also when the
 * disk is full or the machine stops in between.
 */
import fs from "node:fs";
import path from "node:path";
import { LatticeworkError } from "../errors.ts";

export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>;

let written = 0;

function* chunksOf(content: FileContent): Generator<Uint8Array> {
  if (typeof content === "string") yield Buffer.from(content, "utf8");
  else if (content instanceof Uint8Array) yield content;
  else for (const chunk of content) yield typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
}

function writeWhole(descriptor: number, chunk: Uint8Array): void {
  let offset = 0;
  while (offset < chunk.length) offset += fs.writeSync(descriptor, chunk, offset, chunk.length - offset);
}

/** Makes renames in a folder survive a power cut. Windows cannot open folders and journals renames itself. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function explain(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const remedy =
    error.code === "ENOSPC" || error.code === "EDQUOT"
      ? "the disk is full: free some space and try again"
      : error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS"
        ? "the folder cannot be written to: choose another or change its permissions"
        : error.code === "ENOENT" || error.code === "ENOTDIR"
          ? "its folder does not exist: make it first"
          : error.message;
  const before = fs.existsSync(file) ? "; the earlier file is unchanged" : "";
  return new LatticeworkError(`cannot save ${file} (${String(error.code)}): ${remedy}${before}`, { cause: error });
}

function temporaryBeside(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${written++}.tmp`);
}

/**
 * Replaces `file` by what `write` puts at the temporary path it is given, all or nothing: for writers that open files themselves.
 * @throws LatticeworkError when the disk or the folder refuses; what `write` throws passes through
 */
export async function replaceAtomically(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    await write(temporary);
    const descriptor = fs.openSync(temporary, "r+");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw explain(file, error);
  }
}

/** As `writeFileAtomically` with chunks that come one after the other in time. */
export async function streamFileAtomically(file: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await replaceAtomically(file, async (temporary) => {
    const descriptor = fs.openSync(temporary, "wx");
    try {
      for await (const chunk of chunks) writeWhole(descriptor, chunk);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/**
 * Replaces `file` by the content, all or nothing. Chunks are taken one at a time, so the content need not fit in memory.
 * On any failure (also one thrown by the chunks themselves) the earlier file stays and the temporary one is removed.
 * @throws LatticeworkError when the disk or the folder refuses; what the chunks throw passes through
 */
export function writeFileAtomically(file: string, content: FileContent): void {
  const folder = path.dirname(file);
  const temporary = temporaryBeside(file);
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(temporary, "wx");
    for (const chunk of chunksOf(content)) writeWhole(descriptor, chunk);
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    descriptor = undefined;
    fs.renameSync(temporary, file);
    syncFolder(folder);
  } catch (error) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    fs.rmSync(temporary, { force: true });
    throw explain(file, error);
  }
}
