/** What becomes of items that are written: encoded first, then kept in the store, then placed in the model, in this order, so that a refused one changes nothing. */
import { lastWrites } from "../store/last-writes.ts";
import type { ItemWrite, Store } from "../store/store.ts";
import { encodeWrites, type ModelEncoding } from "./encode-items.ts";
import type { ServedModel } from "./served-model.ts";

/** What became of an item that was written. */
export interface ItemOutcome {
  readonly id: string;
  /** Whether lists may hold it now. */
  readonly recommendable: boolean;
  /** Why not. */
  readonly reason?: string | undefined;
}

/** A picture or text that no features could be made of; nothing was written. */
export class UnencodableItem extends Error {
  override readonly name = "UnencodableItem";
  readonly item: string;

  constructor(item: string, faults: Readonly<Record<string, string>>) {
    super(
      Object.entries(faults)
        .map(([modality, fault]) => `${modality}: ${fault}`)
        .join("; "),
    );
    this.item = item;
  }
}

/** A model with the encoders of its items. */
export interface OpenedModel {
  readonly model: ServedModel;
  readonly encoding: ModelEncoding;
}

interface ItemWriting extends OpenedModel {
  readonly store: Pick<Store, "itemsOf" | "picture">;
  /** Puts what was encoded into the store. @returns whether it was taken */
  save(writes: readonly ItemWrite[]): Promise<boolean>;
}

/**
 * Of an item that is written twice the last write counts, with the picture of one before where it brings none: it is encoded as it will be.
 * @returns what became of each item; undefined where the store did not take them
 * @throws UnencodableItem for a picture that is none
 */
export async function writeItems(
  writes: readonly ItemWrite[],
  { store, model, encoding, save }: ItemWriting,
): Promise<readonly ItemOutcome[] | undefined> {
  const encoded = await encodeWrites(encoding, lastWrites(writes), store);
  for (const { write, faults } of encoded) {
    const ofPicture = Object.entries(faults).filter(([name]) => encoding.encoding.kinds[name] === "image");
    if (write.picture instanceof Uint8Array && ofPicture.length > 0) {
      throw new UnencodableItem(write.id, Object.fromEntries(ofPicture));
    }
  }
  if (!(await save(encoded.map(({ write }) => write)))) return undefined;
  const without = await model.put(encoded.map(({ item }) => item));
  return encoded.map(({ write: { id }, faults }) => {
    const recommendable = model.has(id);
    const reason =
      without.get(id) ?? (recommendable ? undefined : "it has expired") ?? Object.values(faults).join("; ");
    return { id, recommendable, ...(recommendable ? {} : { reason }) };
  });
}
