/** Outside ids: what users and items are called by everyone else, strings of any kind, one an index and all distinct. */
import { DatasetError } from "../errors.ts";

/** The indices themselves, for datasets that have no other ids. */
export const decimalIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index));

/** Whether these are the ids that a dataset without ids has. */
export const areDecimal = (ids: readonly string[]): boolean => ids.every((id, index) => id === String(index));

/** @throws DatasetError when an id stands for two indices */
export function refuseRepeatedIds(what: "user" | "item", ids: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      throw new DatasetError(
        `${what} id ${JSON.stringify(id)} stands for both index ${earlier} and ${index}, expected distinct ids`,
      );
    }
    seen.set(id, index);
  }
}

/**
 * The ids, or decimal ones where there are none.
 * @throws DatasetError when there are too few, too many, or equal ones
 */
export function checkIds(what: "user" | "item", ids: readonly string[] | undefined, count: number): readonly string[] {
  if (ids === undefined) return decimalIds(count);
  if (ids.length !== count) {
    throw new DatasetError(`${ids.length} ${what} ids for ${count} ${what}s, expected one each, by index`);
  }
  refuseRepeatedIds(what, ids);
  return ids;
}
