/**
 * What is said of items that could not be encoded: how many for which reason, and a list with ids. Reasons that differ only in what they
 * quote ("there is no file "a.jpg"…") count as one.
 */
import fs from "node:fs";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../data/atomic-file.ts";

export interface MissingReason {
  /** What is quoted in it stands as "…". */
  readonly reason: string;
  readonly count: number;
  /** Ids of the first few. */
  readonly examples: readonly string[];
}

export interface MissingItem {
  readonly index: number;
  readonly id: string;
  readonly reason: string;
}

const mostExamples = 3;

const withoutQuotes = (reason: string): string => reason.replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"');

/** By reason, the most frequent first. */
export function countReasons(missing: readonly MissingItem[]): readonly MissingReason[] {
  const found = new Map<string, { count: number; examples: string[] }>();
  for (const { id, reason } of missing) {
    const general = withoutQuotes(reason);
    const group = found.get(general) ?? { count: 0, examples: [] };
    found.set(general, group);
    group.count++;
    if (group.examples.length < mostExamples) group.examples.push(id);
  }
  return [...found].map(([reason, group]) => ({ reason, ...group })).sort((a, b) => b.count - a.count);
}

/** Name of the list beside the features of a modality. */
export const missingListName = (modality: string): string => `${modality}_missing.csv`;

/**
 * Writes `<modality>_missing.csv` (index, item, reason), or removes an earlier one when nothing is missing.
 * @returns the file's name, if there is one
 * @throws LatticeworkError when it cannot be saved
 */
export function writeMissingList(
  folder: string,
  modality: string,
  missing: readonly MissingItem[],
): string | undefined {
  const name = missingListName(modality);
  const file = path.join(folder, name);
  if (missing.length === 0) {
    fs.rmSync(file, { force: true });
    return undefined;
  }
  function* lines(): Generator<string> {
    yield "index,item,reason\n";
    for (const { index, id, reason } of missing) yield stringify([[index, id, reason]]);
  }
  writeFileAtomically(file, lines());
  return name;
}
