/** Several writes of one item in one go, as one. */
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
