/**
 * The `NAME.inter` layout: a tab-separated table with a header in which userID, itemID and x_label (0 train, 1 validation, 2
 * test) are found by name. It is scanned byte by byte in blocks: two million lines of digits need neither strings nor a
 * second copy, and a general CSV parser, which makes both, takes several times as long.
 */
import fs from "node:fs";
import { DatasetError } from "../errors.ts";
import { collectInteractions, type InteractionList } from "./interactions.ts";

/** How many items there are and who says so, for refusing ids beyond them at the line where they stand. */
export interface ItemLimit {
  readonly items: number;
  readonly source: string;
}

/** Tables have a row an id, so an id far beyond any catalogue is a mistake to be named, not a reason to run out of memory. */
export const largestId = (1 << 26) - 1;

const blockBytes = 4 << 20;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const zero = 0x30;
const requiredColumns = ["userID", "itemID", "x_label"] as const;

function beyondLimit(subject: string, id: number, limit: ItemLimit): DatasetError {
  return new DatasetError(
    `${subject} ${id} is beyond ${limit.source}, which has ${limit.items} rows (items 0 to ${limit.items - 1}); ids are 0-based row numbers of the features: renumber the items or add the missing rows`,
  );
}

/** @throws DatasetError naming `subject` when `id` is no possible index */
export function checkId(subject: string, id: number, limit: ItemLimit | undefined): void {
  if (id > largestId) {
    throw new DatasetError(
      `${subject} ${id} is too large, expected 0 to ${largestId}; ids are 0-based indices: renumber them without gaps`,
    );
  }
  if (limit !== undefined && id >= limit.items) throw beyondLimit(subject, id, limit);
}

function parseHeader(line: string, label: string): { user: number; item: number; split: number } {
  const names = line
    .replace(/^\uFEFF/, "")
    .split("\t")
    .map((name) => name.trim());
  const missing = requiredColumns.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const found = names.map((name) => JSON.stringify(name.slice(0, 40))).slice(0, 12);
    throw new DatasetError(
      `${label} line 1: the header lacks ${missing.join(", ")}; found ${found.join(", ")}, expected tab-separated columns userID, itemID, x_label among them`,
    );
  }
  return { user: names.indexOf("userID"), item: names.indexOf("itemID"), split: names.indexOf("x_label") };
}

/** The field as a non-negative integer, or -1. At most nine digits, so that it cannot overflow. */
function parseDigits(bytes: Uint8Array, from: number, to: number): number {
  if (to === from || to - from > 9) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - zero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Reads the whole file.
 * @throws DatasetError naming the line for a header without the three columns, too few columns, an id that is no
 * non-negative integer or lies beyond the limit, or an unknown x_label
 */
export function readInterFile(file: string, label: string, limit: ItemLimit | undefined): InteractionList {
  const descriptor = fs.openSync(file, "r");
  try {
    const size = fs.fstatSync(descriptor).size;
    const collector = collectInteractions(Math.ceil(size / 12));
    const buffer = Buffer.allocUnsafe(Math.min(blockBytes, size + 1));
    let columns: { user: number; item: number; split: number } | undefined;
    let line = 0;

    const text = (from: number, to: number): string => {
      const shown = buffer.toString("utf8", from, Math.min(to, from + 40));
      return JSON.stringify(to - from > 40 ? `${shown}…` : shown);
    };
    const refuseId = (name: string, from: number, to: number): never => {
      const found = buffer.toString("utf8", from, to);
      if (/^\d{10,}$/.test(found)) checkId(`${label} line ${line}: ${name}`, Number(found), limit);
      const fault = /^-\d+$/.test(found) ? "is negative" : "is not an integer";
      throw new DatasetError(
        `${label} line ${line}: ${name} ${text(from, to)} ${fault}; ids are 0-based ${name === "userID" ? "user" : "item"} indices`,
      );
    };

    const takeLine = (from: number, to: number): void => {
      line++;
      const end = to > from && buffer[to - 1] === carriageReturn ? to - 1 : to;
      if (columns === undefined) {
        columns = parseHeader(buffer.toString("utf8", from, end), label);
        return;
      }
      if (end === from) return;
      let user = -1;
      let item = -1;
      let split = -1;
      let column = 0;
      for (let start = from; start <= end; column++) {
        let stop = start;
        while (stop < end && buffer[stop] !== tab) stop++;
        if (column === columns.user) {
          user = parseDigits(buffer, start, stop);
          if (user < 0) refuseId("userID", start, stop);
          if (user > largestId) checkId(`${label} line ${line}: userID`, user, undefined);
        } else if (column === columns.item) {
          item = parseDigits(buffer, start, stop);
          if (item < 0) refuseId("itemID", start, stop);
          if (item > largestId || (limit !== undefined && item >= limit.items)) {
            checkId(`${label} line ${line}: itemID`, item, limit);
          }
        } else if (column === columns.split) {
          split = parseDigits(buffer, start, stop);
          if (split < 0 || split > 2) {
            throw new DatasetError(
              `${label} line ${line}: x_label ${text(start, stop)} is unknown, expected 0 (train), 1 (validation) or 2 (test)`,
            );
          }
        }
        start = stop + 1;
      }
      if (user < 0 || item < 0 || split < 0) {
        throw new DatasetError(
          `${label} line ${line}: ${column} column(s), expected at least ${Math.max(columns.user, columns.item, columns.split) + 1} separated by tabs as in the header; the line is cut short or uses another separator`,
        );
      }
      collector.add(user, item, split);
    };

    let filled = 0;
    for (;;) {
      const read = fs.readSync(descriptor, buffer, filled, buffer.length - filled, null);
      filled += read;
      let start = 0;
      for (let end = buffer.indexOf(lineFeed, start); end >= 0 && end < filled; end = buffer.indexOf(lineFeed, start)) {
        takeLine(start, end);
        start = end + 1;
      }
      if (read === 0) {
        if (start < filled) takeLine(start, filled);
        break;
      }
      buffer.copyWithin(0, start, filled);
      filled -= start;
      if (filled === buffer.length) {
        throw new DatasetError(
          `${label} line ${line + 1} is longer than ${buffer.length} bytes, expected a table of short lines; is it a text file?`,
        );
      }
    }
    if (line === 0) {
      throw new DatasetError(
        `${label} is empty, expected a header with userID, itemID, x_label and one interaction a line`,
      );
    }
    return collector.list();
  } finally {
    fs.closeSync(descriptor);
  }
}
