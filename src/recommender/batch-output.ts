/**
 * Recommendations for many users as text, a block at a time: CSV with a row a recommended item, or JSON lines with a line
 * a user. A file is written beside and renamed, so that half of one is never found.
 */
import { stringify } from "csv-stringify/sync";
import { writeFileAtomically } from "../data/atomic-file.ts";
import type { Recommendations } from "./requests.ts";

export type OutputFormat = "csv" | "jsonl";

const header = ["user", "rank", "item", "title", "score", "source"];

function csvRows(block: readonly Recommendations[]): string {
  const rows = block.flatMap(({ user, source, items }) =>
    items.map(({ id, title, score }, place) => [user, place + 1, id, title ?? "", score, source]),
  );
  return stringify(rows);
}

const jsonLines = (block: readonly Recommendations[]): string =>
  block.map((recommendations) => `${JSON.stringify(recommendations)}\n`).join("");

/** Chunks of text, the header first; each chunk is whole lines. */
export function* recommendationText(
  blocks: Iterable<readonly Recommendations[]>,
  format: OutputFormat,
): Generator<string, void, undefined> {
  switch (format) {
    case "csv":
      yield stringify([header]);
      for (const block of blocks) yield csvRows(block);
      return;
    case "jsonl":
      for (const block of blocks) yield jsonLines(block);
  }
}

/** Writes all blocks to a file, whole or not at all. @throws LatticeworkError when the disk refuses; an earlier file survives */
export function writeRecommendations(
  file: string,
  blocks: Iterable<readonly Recommendations[]>,
  format: OutputFormat,
): void {
  writeFileAtomically(file, recommendationText(blocks, format));
}
