/** The manifest `SHA256SUMS`, as `sha256sum` writes it: a line a file, 64 hexadecimal digits, two spaces (or one and a `*`), the name. */
import { DatasetError } from "../../errors.ts";

export const manifestName = "SHA256SUMS";

/**
 * Digests by file name, folders before the name left away.
 * @returns undefined where no line is like that: a page of another kind that a server gives for a file it does not have
 * @throws DatasetError where some lines are and one is not
 */
export function parseManifest(text: string, label: string): ReadonlyMap<string, string> | undefined {
  const digests = new Map<string, string>();
  let wrong: string | undefined;
  for (const [place, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const [, digest = "", name = ""] = /^([\da-fA-F]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest === "") wrong ??= `${label} line ${place + 1}: found ${JSON.stringify(line.slice(0, 80))}`;
    else digests.set(name.slice(name.lastIndexOf("/") + 1), digest.toLowerCase());
  }
  if (digests.size === 0) return undefined;
  if (wrong === undefined) return digests;
  throw new DatasetError(`${wrong}, expected 64 hexadecimal digits, two spaces and a file name, as sha256sum writes`);
}
