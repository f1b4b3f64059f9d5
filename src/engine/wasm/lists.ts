/** Lists of the k best candidates as the kernels keep them, and as callers bring them. */
import { EngineError } from "../../errors.ts";
import type { NeighbourLists } from "../engine.ts";
import { expectLength } from "./shapes.ts";

/** Lanes of a list of k in the kernels. */
export const lanesOf = (k: number): number => Math.ceil(k / 4) * 4;

/** @throws EngineError */
export function checkLists(operation: string, lists: NeighbourLists): void {
  if (!Number.isInteger(lists.k) || lists.k < 1) {
    throw new EngineError(`${operation}: lists keep k = ${lists.k} candidates, expected an integer of at least 1`);
  }
  expectLength(operation, "lists.indices", lists.indices, lists.rows * lists.k);
  expectLength(operation, "lists.values", lists.values, lists.rows * lists.k);
}
