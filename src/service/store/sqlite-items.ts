/** Items of the SQLite store, with their features and pictures, and the marks of those that were deleted. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { expectedPictures, lastWrites } from "./last-writes.ts";
import { pictureDigest } from "./picture-digest.ts";
import type { Sqlite } from "./sqlite-connection.ts";
import { featureRow, itemRow } from "./sqlite-rows.ts";
import type { ItemWrite, Store, StoredItem } from "./store.ts";
import { bytes, bytesOf, floatsOf } from "./stored-rows.ts";

type ItemOperations = Pick<
  Store,
  "item" | "itemsOf" | "picture" | "items" | "putItems" | "replaceItem" | "putEncoded" | "deleteItem" | "deletedItems"
>;

const itemsPerBlock = 500;

export function sqliteItems({ run, rows, first, attempt, write, changed }: Sqlite): ItemOperations {
  // A process of an earlier version that still has the store open replaces pictures, and with them their digests, and writes no others.
  const digestOfItem = `(SELECT coalesce((SELECT digest FROM picture_digests WHERE item = pictures.item), sha256(bytes))
    FROM pictures WHERE item = items.id)`;
  const itemColumns = `items.*, ${digestOfItem} AS picture_digest`;
  const itemOf = ({ encoded_by, expires_at, picture_digest, ...rest }: z.output<typeof itemRow>): StoredItem => {
    const features: Record<string, Float32Array> = {};
    const encoded: Record<string, Float32Array> = {};
    for (const one of rows(featureRow, "SELECT modality, encoded, row FROM features WHERE item = ?", rest.id)) {
      (one.encoded === 1 ? encoded : features)[one.modality] = floatsOf(one.row);
    }
    return {
      ...rest,
      expiresAt: expires_at,
      pictureDigest: picture_digest,
      features,
      encoded: { by: encoded_by, features: encoded },
    };
  };
  const putFeatures = (item: string, features: StoredItem["features"], encoded: 0 | 1): void => {
    for (const [modality, row] of Object.entries(features)) {
      run(
        "INSERT INTO features (item, modality, encoded, row) VALUES (?, ?, ?, ?)",
        item,
        modality,
        encoded,
        bytesOf(row),
      );
    }
  };
  const putItem = ({
    id,
    title,
    text,
    categories,
    attributes,
    expiresAt,
    features,
    encoded,
    picture,
  }: ItemWrite): void => {
    run(
      `INSERT INTO items (id, title, text, categories, attributes, expires_at, encoded_by) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, categories = excluded.categories,
         attributes = excluded.attributes, expires_at = excluded.expires_at, encoded_by = excluded.encoded_by`,
      id,
      title ?? null,
      text ?? null,
      JSON.stringify(categories),
      JSON.stringify(attributes),
      expiresAt ?? null,
      encoded.by,
    );
    run("DELETE FROM features WHERE item = ?", id);
    putFeatures(id, features, 0);
    putFeatures(id, encoded.features, 1);
    if (picture === null) run("DELETE FROM pictures WHERE item = ?", id);
    else if (picture !== undefined) {
      run("INSERT OR REPLACE INTO pictures (item, bytes) VALUES (?, ?)", id, picture);
      run("INSERT INTO picture_digests (item, digest) VALUES (?, ?)", id, pictureDigest(picture));
    }
    run("DELETE FROM deleted_items WHERE id = ?", id);
    changed("item", id);
  };

  const hasOtherPicture = ([id, expected]: readonly [string, string | null]): boolean => {
    const sql = `SELECT ${digestOfItem} AS digest FROM items WHERE id = ?`;
    return (first(z.object({ digest: z.string().nullable() }), sql, id)?.digest ?? null) !== expected;
  };
  const putItems = (items: readonly ItemWrite[]): boolean => {
    if (expectedPictures(lastWrites(items)).some(hasOtherPicture)) return false;
    items.forEach(putItem);
    return true;
  };

  const itemNow = (id: string): StoredItem | undefined => {
    const found = first(itemRow, `SELECT ${itemColumns} FROM items WHERE id = ?`, id);
    return found === undefined ? undefined : itemOf(found);
  };

  return {
    item: (id) => attempt(() => itemNow(id)),
    itemsOf: (ids) => attempt(() => new Map(ids.flatMap((id) => itemNow(id) ?? []).map((item) => [item.id, item]))),
    picture: (id) => attempt(() => first(z.object({ bytes }), "SELECT bytes FROM pictures WHERE item = ?", id)?.bytes),
    items: async function* () {
      let after = "";
      for (;;) {
        const block = await attempt(() =>
          rows(itemRow, `SELECT ${itemColumns} FROM items WHERE id > ? ORDER BY id LIMIT ?`, after, itemsPerBlock).map(
            itemOf,
          ),
        );
        if (block.length > 0) yield block;
        const last = block.at(-1);
        if (last === undefined || block.length < itemsPerBlock) return;
        after = last.id;
      }
    },
    putItems: (items) => write(() => putItems(items)),
    replaceItem: (before, item) => write(() => isDeepStrictEqual(itemNow(item.id), before) && putItems([item])),
    putEncoded: (before, encoded) =>
      write(() => {
        const { id } = before;
        if (!isDeepStrictEqual(itemNow(id), before)) return false;
        run("UPDATE items SET encoded_by = ? WHERE id = ?", encoded.by, id);
        run("DELETE FROM features WHERE item = ? AND encoded = 1", id);
        putFeatures(id, encoded.features, 1);
        return true;
      }),
    deleteItem: (id) =>
      write(() => {
        const found = run("DELETE FROM items WHERE id = ?", id) > 0;
        run("INSERT OR IGNORE INTO deleted_items (id) VALUES (?)", id);
        changed("item", id);
        return found;
      }),
    deletedItems: () =>
      attempt(() => rows(z.object({ id: z.string() }), "SELECT id FROM deleted_items").map(({ id }) => id)),
  };
}
