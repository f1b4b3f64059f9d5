/** Several writes of one item in one go, as one, and what they expect. */
import type { ItemWrite } from "./store.ts";

/** @returns of each item its last write; a picture stays unless a later write says something of it */
export function lastWrites(writes: readonly ItemWrite[]): readonly ItemWrite[] {
  const last = new Map<string, ItemWrite>();
  for (const write of writes) {
    const { picture = last.get(write.id)?.picture } = write;
    last.set(write.id, { ...write, picture });
  }
  return [...last.values()];
}

/** @param writes one an item @returns of which items which picture has to be there, null for none */
export function expectedPictures(writes: readonly ItemWrite[]): readonly (readonly [string, string | null])[] {
  return writes.flatMap(({ id, picture, expectedPicture }) =>
    picture === undefined && expectedPicture !== undefined ? [[id, expectedPicture] as const] : [],
  );
}
