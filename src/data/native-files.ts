/** Names of the tables of our own layout and of the values of their column `split`. */
import { splits } from "./interactions.ts";

export const nativeFiles = {
  users: "users.parquet",
  items: "items.parquet",
  interactions: "interactions.parquet",
} as const;

/** By label: the splits, and what users do not want. */
export const splitLabels = [...splits, "dislike"] as const;
