/**
 * The list that makes a run folder whole: every file with its size and SHA-256, written after all of them. Its JSON ends
 * with its last brace, so that a manifest cut at any byte is no JSON, and a file cut, changed or missing is named.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { RunError } from "../errors.ts";
import { type Manifest, manifestSchema, runFiles, runFormatVersion } from "./run-format.ts";
import { parseJsonFile } from "./run-json.ts";

const blockBytes = 1 << 20;

/** Size and SHA-256 (hexadecimal) of a file, read in blocks. */
export function fileDigest(file: string): { bytes: number; sha256: string } {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafe(blockBytes);
  const descriptor = fs.openSync(file, "r");
  let bytes = 0;
  try {
    for (;;) {
      const read = fs.readSync(descriptor, block, 0, blockBytes, null);
      if (read === 0) break;
      hash.update(block.subarray(0, read));
      bytes += read;
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Writes the manifest over the named files of the folder. */
export function writeManifest(folder: string, names: readonly string[]): void {
  const files = Object.fromEntries(names.map((name) => [name, fileDigest(path.join(folder, name))]));
  const manifest: Manifest = { formatVersion: runFormatVersion, files };
  writeFileAtomically(path.join(folder, runFiles.manifest), JSON.stringify(manifest, undefined, 2));
}

/**
 * Reads the manifest and holds every file against it.
 * @throws RunError naming the first file that is missing, cut short or changed
 */
export function verifyManifest(folder: string): void {
  const manifest = parseJsonFile(path.join(folder, runFiles.manifest), manifestSchema);
  for (const name of Object.values(runFiles)) {
    if (name === runFiles.manifest) continue;
    const expected = manifest.files[name];
    const file = path.join(folder, name);
    if (expected === undefined)
      throw new RunError(`${file} is not listed in ${runFiles.manifest}; train the run again`);
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (found === undefined) {
      throw new RunError(`${file} is missing from the run; bring it back from a copy or train the run again`);
    }
    if (found.size !== expected.bytes) {
      throw new RunError(
        `${file} has ${found.size} bytes, expected ${expected.bytes}: it was cut short or changed; bring it back from a copy or train the run again`,
      );
    }
    if (fileDigest(file).sha256 !== expected.sha256) {
      throw new RunError(
        `${file} is not as it was written (its SHA-256 differs); bring it back from a copy or train the run again`,
      );
    }
  }
}
