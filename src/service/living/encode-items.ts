/** Features of items as a model's encoders make them: in blocks, those that other encoders made before once more. */
import { isDeepStrictEqual } from "node:util";
import type { ItemWrite, Store, StoredItem } from "../store/store.ts";
import type { EncodedFeatures } from "./dataset-encoders.ts";
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
  readonly faults: Readonly<Record<string, string>>;
}

/** A write with what is there of the item. */
interface ReadWrite {
  readonly write: ItemWrite;
  /** To be encoded. */
  readonly picture?: Uint8Array | undefined;
  /** Whether nothing that is encoded changes. */
  readonly unchanged?: boolean;
  readonly kept: StoredItem["features"];
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

/** Encodes what is written. What is kept, the picture or all that is encoded, keeps its features where the same encoders made them. */
export async function encodeWrites(
  { by, encoding }: ModelEncoding,
  writes: readonly ItemWrite[],
  store: Pick<Store, "item" | "picture">,
): Promise<readonly EncodedWrite[]> {
  const withPictures = await Promise.all(
    writes.map(async (write): Promise<ReadWrite> => {
      if (write.picture !== undefined) return { write, picture: write.picture ?? undefined, kept: {} };
      const before = await store.item(write.id);
      if (before?.encoded.by === by && isDeepStrictEqual(contentOf(before), contentOf(write))) {
        return { write, unchanged: true, kept: before.encoded.features };
      }
      if (before?.hasPicture !== true) return { write, kept: {} };
      const images = Object.entries(before.encoded.features).filter(([name]) => encoding.kinds[name] === "image");
      if (before.encoded.by === by) return { write, kept: Object.fromEntries(images) };
      return { write, picture: await store.picture(write.id), kept: {} };
    }),
  );
  const changed = withPictures.filter(({ unchanged }) => unchanged !== true);
  const contents = changed.map(({ write, picture }) => ({ ...contentOf(write), picture }));
  const encoded = contents.length === 0 ? [] : await encoding.encode(contents);
  const made = new Map(changed.map((one, n) => [one, encoded[n]]));
  return withPictures.map((one) => {
    const features = made.get(one) ?? {};
    const { write, kept } = one;
    return {
      write: { ...write, encoded: { by, features: { ...kept, ...rowsOf(features) } } },
      faults: faultsOf(features),
    };
  });
}

const contentOf = ({
  title,
  text,
  categories,
  attributes,
}: Pick<StoredItem, "title" | "text" | "categories" | "attributes">) => ({
  title,
  text,
  categories,
  attributes,
});

/** Stored items with features of these encoders; what had to be made again is kept in the store. */
export async function encodedAnew(
  { by, encoding }: ModelEncoding,
  items: readonly StoredItem[],
  store: Pick<Store, "picture" | "putEncoded">,
): Promise<readonly StoredItem[]> {
  const stale = items.filter((item) => item.encoded.by !== by);
  if (stale.length === 0 || Object.keys(encoding.kinds).length === 0) return items;
  const contents = await Promise.all(
    stale.map(async (item) => ({
      ...contentOf(item),
      picture: item.hasPicture ? await store.picture(item.id) : undefined,
    })),
  );
  const rows = await encoding.encode(contents);
  const made = new Map(stale.map(({ id }, n) => [id, { by, features: rowsOf(rows[n]) }]));
  for (const [id, encoded] of made) await store.putEncoded(id, encoded);
  return items.map((item) => ({ ...item, encoded: made.get(item.id) ?? item.encoded }));
}
