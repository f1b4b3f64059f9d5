/** What the store's sequence of changes says since a position, in blocks, each thing once a block. */
import type { Store } from "../store/store.ts";

export interface ChangeBlock {
  readonly items: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  /** Somebody was erased; of whom is not kept. */
  readonly erasure: boolean;
  /** Another version was listed or is to be served. */
  readonly model: boolean;
  /** Of the last change in it. */
  readonly position: number;
}

const changesAtOnce = 1000;

export async function* changesFrom(
  store: Pick<Store, "changesSince">,
  position: number,
): AsyncGenerator<ChangeBlock, void, undefined> {
  let from = position;
  for (;;) {
    const changes = await store.changesSince(from, changesAtOnce);
    const last = changes.at(-1);
    if (last === undefined) return;
    const items = new Set<string>();
    const users = new Set<string>();
    let erasure = false;
    let model = false;
    for (const { kind, id } of changes) {
      switch (kind) {
        case "item":
          items.add(id);
          break;
        case "user":
          users.add(id);
          break;
        case "erasure":
          erasure = true;
          break;
        case "model":
          model = true;
      }
    }
    from = last.position;
    yield { items, users, erasure, model, position: from };
    if (changes.length < changesAtOnce) return;
  }
}
