/**
 * Features of items as a model's encoders make them. What was encoded stays as long as what it was made of; what is not there, since an encoder
 * could not be opened when the item was written or since it was another one, is made when it can be.
 */
import { isDeepStrictEqual } from "node:util";
import { pictureDigest } from "../store/picture-digest.ts";
import type { ItemWrite, Store, StoredItem } from "../store/store.ts";
import type { EncodedFeatures } from "./dataset-encoders.ts";
import { columnTexts, contentOf, type ItemContent, type ModalitySource } from "./item-content.ts";
import type { ItemEncoding } from "./item-encoding.ts";

/** The encoders of a model, and what their work is known by. */
export interface ModelEncoding {
  /** Fingerprint of the dataset. */
  readonly by: string;
  readonly encoding: ItemEncoding;
}

/** What an item gives, and why a modality gave nothing. */
export interface EncodedWrite {
  readonly write: ItemWrite;
  /** The item as it will be. */
  readonly item: StoredItem;
  readonly faults: Readonly<Record<string, string>>;
}

interface EncodingPlan {
  /** Earlier features that are still those of the item. */
  readonly kept: StoredItem["features"];
  /** What has to be encoded. */
  readonly texts: boolean;
  readonly picture: boolean;
}

/** An item as it will be. */
interface ItemState {
  readonly content: ItemContent;
  readonly hasPicture: boolean;
  /** Whether what a modality is made of is as it was; asked without a source where nobody says what that is. */
  isSame(source: ModalitySource | undefined): boolean;
}

/** @param before what the store has of it */
function planFor({ by, encoding }: ModelEncoding, before: StoredItem | undefined, item: ItemState): EncodingPlan {
  const { kinds, sources } = encoding;
  const { by: madeBy, features } = before?.encoded ?? { by: "", features: {} };
  const kept = madeBy === by ? Object.entries(features).filter(([name]) => item.isSame(sources[name])) : [];
  const there = new Set(kept.map(([name]) => name));
  const lacking = Object.entries(kinds).filter(([name]) => !there.has(name));
  const hasTexts = (name: string): boolean =>
    columnTexts(item.content, sources[name].columns).some((text) => text.trim() !== "");
  return {
    kept: Object.fromEntries(kept),
    texts: lacking.some(([name, kind]) => kind === "text" && hasTexts(name)),
    picture: item.hasPicture && lacking.some(([, kind]) => kind === "image"),
  };
}

interface PlannedItem {
  readonly plan: EncodingPlan;
  readonly content: ItemContent;
  picture(): Promise<Uint8Array | undefined>;
}

/** @returns what was made of each, in their order */
async function encodePlanned(
  { encoding }: ModelEncoding,
  items: readonly PlannedItem[],
): Promise<readonly EncodedFeatures[]> {
  const wanted = items.filter(({ plan }) => plan.texts || plan.picture);
  if (wanted.length === 0) return items.map(() => ({}));
  const given = await Promise.all(
    wanted.map(async ({ plan, content, picture }) => ({
      ...(plan.texts ? content : {}),
      picture: plan.picture ? await picture() : undefined,
    })),
  );
  const encoded = await encoding.encode(given);
  const made = new Map(wanted.map((item, n) => [item, encoded[n]]));
  return items.map((item) => made.get(item) ?? {});
}

function rowsOf(encoded: EncodedFeatures): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(encoded).flatMap(([name, row]) => (row instanceof Float32Array ? [[name, row] as const] : [])),
  );
}

const faultsOf = (encoded: EncodedFeatures): Record<string, string> =>
  Object.fromEntries(
    Object.entries(encoded).flatMap(([name, row]) => ("missing" in row ? [[name, row.missing] as const] : [])),
  );

/** Whether the columns of a source are the same; without one, whether all content is. */
const isSameText = (before: StoredItem, now: ItemContent, source: ModalitySource | undefined): boolean =>
  source === undefined
    ? isDeepStrictEqual(contentOf(before), now)
    : isDeepStrictEqual(columnTexts(before, source.columns), columnTexts(now, source.columns));

/** The picture that an item was read with; undefined where it is another by now. */
async function pictureAsRead(
  store: Pick<Store, "picture">,
  { id, pictureDigest: digest }: StoredItem,
): Promise<Uint8Array | undefined> {
  const picture = await store.picture(id);
  return picture !== undefined && pictureDigest(picture) === digest ? picture : undefined;
}

const digestAfter = ({ picture }: ItemWrite, before: StoredItem | undefined): string | undefined =>
  picture === undefined ? before?.pictureDigest : picture === null ? undefined : pictureDigest(picture);

/**
 * Encodes what is written, as far as it is another than what the store has. A write without a picture expects the one that the store had: features
 * that were kept or made are those of no other.
 */
export async function encodeWrites(
  model: ModelEncoding,
  writes: readonly ItemWrite[],
  store: Pick<Store, "itemsOf" | "picture">,
): Promise<readonly EncodedWrite[]> {
  const stored = await store.itemsOf(writes.map(({ id }) => id));
  const planned = writes.map((write) => {
    const before = stored.get(write.id);
    const content = contentOf(write);
    const otherPicture = write.picture !== undefined;
    const digest = digestAfter(write, before);
    const isSame = (source: ModalitySource | undefined): boolean =>
      before !== undefined &&
      (source?.kind === "text" || !otherPicture) &&
      (source?.kind === "image" || isSameText(before, content, source));
    return {
      write: otherPicture ? write : { ...write, expectedPicture: digest ?? null },
      digest,
      content,
      plan: planFor(model, before, { content, hasPicture: digest !== undefined, isSame }),
      picture: async () => write.picture ?? (before === undefined ? undefined : pictureAsRead(store, before)),
    };
  });
  const made = await encodePlanned(model, planned);
  return planned.map(({ write: given, digest, plan }, n) => {
    const write = { ...given, encoded: { by: model.by, features: { ...plan.kept, ...rowsOf(made[n]) } } };
    return { write, item: { ...write, pictureDigest: digest }, faults: faultsOf(made[n]) };
  });
}

/** Stored items with all features that these encoders can make; what had to be made is kept in the store. */
export async function encodedAnew(
  model: ModelEncoding,
  items: readonly StoredItem[],
  store: Pick<Store, "picture" | "putEncoded">,
): Promise<readonly StoredItem[]> {
  if (Object.keys(model.encoding.kinds).length === 0) return items;
  const planned = items.map((item) => {
    const content = contentOf(item);
    const plan = planFor(model, item, { content, hasPicture: item.pictureDigest !== undefined, isSame: () => true });
    return { item, content, plan, picture: () => pictureAsRead(store, item) };
  });
  const made = await encodePlanned(model, planned);
  const encoded: StoredItem[] = [];
  for (const [n, { item, plan }] of planned.entries()) {
    const rows = rowsOf(made[n]);
    if (item.encoded.by === model.by && Object.keys(rows).length === 0) encoded.push(item);
    else {
      const now = { by: model.by, features: { ...plan.kept, ...rows } };
      // One that was written meanwhile is told as changed, and comes once more.
      await store.putEncoded(item, now);
      encoded.push({ ...item, encoded: now });
    }
  }
  return encoded;
}
