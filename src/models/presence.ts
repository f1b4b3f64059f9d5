/** Which rows have which modality: items that do not lack it, and users with such an item in their history. */
import type { Interactions, Modality } from "../data/dataset.ts";
import type { RowSelection } from "../tensor/sparse-operations.ts";
import { type Tape, zeros } from "../tensor/tape.ts";
import type { Presence } from "./attention.ts";

export interface ModalityPresence {
  /** Of the selected rows, or of all. */
  users(tape: Tape, rows: RowSelection | undefined): Presence;
  items(tape: Tape, rows: RowSelection | undefined): Presence;
}

const everywhere: ModalityPresence = { users: () => undefined, items: () => undefined };

function onTape(tape: Tape, flags: readonly Uint8Array[], rows: RowSelection | undefined): Presence {
  return flags.map((flag) => {
    const matrix = zeros(tape.engine, rows?.rows.length ?? flag.length, 1);
    for (let t = 0; t < matrix.rows; t++) matrix.data[t] = flag[rows === undefined ? t : rows.rows[t]];
    return tape.constant(matrix);
  });
}

/** @param missing by modality, the items without it */
export function modalityPresence(
  { rows: userCount, columns: itemCount, rowPointers, columnIndices }: Interactions,
  missing: readonly Modality["missing"][],
): ModalityPresence {
  if (missing.every((list) => list === undefined || list.length === 0)) return everywhere;
  const items = missing.map((list) => {
    const flag = new Uint8Array(itemCount).fill(1);
    for (const item of list ?? []) flag[item] = 0;
    return flag;
  });
  const users = items.map((having) => {
    const flag = new Uint8Array(userCount);
    for (let user = 0; user < userCount; user++) {
      for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) flag[user] |= having[columnIndices[p]];
    }
    return flag;
  });
  return {
    users: (tape, rows) => onTape(tape, users, rows),
    items: (tape, rows) => onTape(tape, items, rows),
  };
}
