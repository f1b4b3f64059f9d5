/**
 * The folder of a new dataset, all or nothing: it is made beside its place under a hidden name, flushed to the disk, and renamed when it is
 * whole. Only an earlier dataset is ever replaced, and only when that was asked for.
 */
import fs from "node:fs";
import path from "node:path";
import { hasDescription, readDatasetDescription } from "../data/native-layout.ts";
import { ConfigError, LatticeworkError } from "../errors.ts";

export interface OutFolder {
  /** Where to write. */
  readonly staging: string;
  /** Gives the written folder its name. */
  finish(): void;
  /** Takes away what was not finished. */
  discard(): void;
}

/** @throws ConfigError when something stands there that must not be replaced */
export function checkOut(out: string, overwrite: boolean): void {
  const status = fs.statSync(out, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isDirectory()) throw new ConfigError(`--out ${out} is a file; expected a folder that is not there yet`);
  const names = fs.readdirSync(out);
  if (names.length === 0) return;
  if (!hasDescription(out)) {
    throw new ConfigError(
      `--out ${out} holds ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}, which is no dataset of ours and is left alone; choose another folder`,
    );
  }
  if (overwrite) {
    // Also a description that is damaged or of a newer version is left alone.
    readDatasetDescription(out);
    return;
  }
  throw new ConfigError(
    `--out ${out} holds a dataset already; choose another folder, or replace it, features and all, with --overwrite`,
  );
}

function flush(file: string): void {
  if (process.platform === "win32" && fs.statSync(file).isDirectory()) return;
  const descriptor = fs.openSync(file, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** @throws ConfigError as `checkOut`; LatticeworkError when the folder cannot be made */
export function openOutFolder(place: string, overwrite: boolean): OutFolder {
  const out = path.resolve(place);
  checkOut(out, overwrite);
  let staging: string;
  try {
    fs.mkdirSync(path.dirname(out), { recursive: true });
    staging = fs.mkdtempSync(path.join(path.dirname(out), `.${path.basename(out)}.preparing-`));
    fs.chmodSync(staging, 0o777 & ~process.umask());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LatticeworkError(`cannot make a folder beside ${place}: ${reason}; choose another --out`, {
      cause: error,
    });
  }
  return {
    staging,
    finish: () => {
      for (const name of fs.readdirSync(staging)) flush(path.join(staging, name));
      flush(staging);
      checkOut(out, overwrite);
      const earlier = `${staging}.earlier`;
      if (fs.existsSync(out)) fs.renameSync(out, earlier);
      fs.renameSync(staging, out);
      flush(path.dirname(out));
      fs.rmSync(earlier, { recursive: true, force: true });
    },
    discard: () => fs.rmSync(staging, { recursive: true, force: true }),
  };
}
