/**
 * What a batch touches: its distinct users and items as rows, the way back from nodes to rows, and the triples as
 * slots. Everything a step computes in its last layers is limited to these rows.
 */
import type { BprTriples, Engine, Ints } from "../engine/engine.ts";
import type { RowSelection } from "../tensor/sparse-operations.ts";
import type { Batch } from "./model.ts";

export interface BatchSelection {
  /** Distinct users of the batch; they are the first slots of `nodes`. */
  readonly userCount: number;
  /** Rows of the user–item graph: users, then items shifted by the number of users. */
  readonly nodes: RowSelection;
  /** The items alone, as rows of the item graph. */
  readonly items: RowSelection;
  readonly triples: BprTriples;
}

/** Numbers the distinct indices of the sources in ascending order: `slots` (all -1 before) gets the numbers, the indices are returned. */
function numberDistinct(slots: Ints, sources: readonly Int32Array[]): Int32Array {
  for (const source of sources) for (const index of source) slots[index] = 0;
  const rows: number[] = [];
  for (let index = 0; index < slots.length; index++) {
    if (slots[index] === 0) {
      slots[index] = rows.length;
      rows.push(index);
    }
  }
  return Int32Array.from(rows);
}

function engineInts(engine: Engine, values: Int32Array): Ints {
  const copy = engine.ints(values.length);
  copy.set(values);
  return copy;
}

/** The batch's users as a selection of the users alone. @param users how many there are */
export function userSelection({ nodes, userCount }: BatchSelection, users: number): RowSelection {
  return { rows: nodes.rows.subarray(0, userCount), slots: nodes.slots.subarray(0, users) };
}

/** Inside a step: the result is made of temporaries. */
export function selectBatch(engine: Engine, batch: Batch, users: number, items: number): BatchSelection {
  const userSlots = new Int32Array(users).fill(-1);
  const itemSlots = engine.ints(items);
  itemSlots.fill(-1);
  const userRows = numberDistinct(userSlots, [batch.users]);
  const itemRows = numberDistinct(itemSlots, [batch.positives, batch.negatives]);

  const rows = engine.ints(userRows.length + itemRows.length);
  rows.set(userRows);
  for (let t = 0; t < itemRows.length; t++) rows[userRows.length + t] = users + itemRows[t];
  const slots = engine.ints(users + items);
  slots.set(userSlots);
  for (let i = 0; i < items; i++) slots[users + i] = itemSlots[i] < 0 ? -1 : userRows.length + itemSlots[i];

  const asSlots = (indices: Int32Array, of: Int32Array): Ints =>
    engineInts(
      engine,
      indices.map((index) => of[index]),
    );
  return {
    userCount: userRows.length,
    nodes: { rows, slots },
    items: { rows: engineInts(engine, itemRows), slots: itemSlots },
    triples: {
      users: asSlots(batch.users, userSlots),
      positives: asSlots(batch.positives, itemSlots),
      negatives: asSlots(batch.negatives, itemSlots),
    },
  };
}

/** The slots that are named, each once, ascending. Inside a step. @param count slots there are */
export function distinctSlots(engine: Engine, named: Ints, count: number): RowSelection {
  const slots = engine.ints(count);
  slots.fill(-1);
  return { rows: engineInts(engine, numberDistinct(slots, [named])), slots };
}
