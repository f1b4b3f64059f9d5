/** The tables of our own layout: their names, the values of their column `split`, and what they must agree on. */
import { DatasetError } from "../errors.ts";
import { splits } from "./interactions.ts";

export const nativeFiles = {
  users: "users.parquet",
  items: "items.parquet",
  interactions: "interactions.parquet",
} as const;

/** By label: the splits, and what users do not want. */
export const splitLabels = [...splits, "dislike"] as const;

/** @throws DatasetError when a file has other than what the description says */
export function refuseCount(label: string, found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw new DatasetError(
    `${label} has ${found} ${what}, expected ${expected} as dataset.json says; the files are of different datasets: copy or prepare the dataset again`,
  );
}
