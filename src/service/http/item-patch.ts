/**
 * An item with some of its fields changed, by the rules of JSON merge patches (RFC 7396): what is not named stays, null takes a field away, lists are
 * replaced whole, attributes and given features are changed one by one.
 */
import type { z } from "@hono/zod-openapi";
import type { ItemWrite, StoredItem } from "../store/store.ts";
import { Problem } from "./problem.ts";
import { type itemPatch, mostAttributes } from "./schemas.ts";

type ItemPatch = z.output<typeof itemPatch>;

const changed = <T>(was: T | undefined, now: T | null | undefined): T | undefined =>
  now === undefined ? was : (now ?? undefined);

function merged<T>(
  was: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T | null>> | null | undefined = {},
): Record<string, T> {
  if (now === null) return {};
  const kept = Object.entries(was).filter(([name]) => !Object.hasOwn(now, name));
  const set = Object.entries(now).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  return Object.fromEntries([...kept, ...set]);
}

/** Features that a patch sets. */
export const patchFeatures = ({ features }: Pick<ItemPatch, "features">): StoredItem["features"] =>
  Object.fromEntries(
    Object.entries(features ?? {}).flatMap(([name, values]) =>
      values === null ? [] : [[name, Float32Array.from(values)] as const],
    ),
  );

/** @throws Problem invalid where the item would have more attributes than an item may */
export function patchedItem({ pictureDigest: _, ...before }: StoredItem, patch: ItemPatch): ItemWrite {
  const { title, text, categories, picture, expiresAt } = patch;
  const attributes = merged(before.attributes, patch.attributes);
  if (Object.keys(attributes).length > mostAttributes) {
    throw new Problem("invalid", `body/attributes: the item would have more than ${mostAttributes} entries`);
  }
  const removed = Object.entries(patch.features ?? {}).filter(([, values]) => values === null);
  const features = { ...Object.fromEntries(removed.map(([name]) => [name, null])), ...patchFeatures(patch) };
  return {
    ...before,
    title: changed(before.title, title),
    text: changed(before.text, text),
    categories: changed(before.categories, categories) ?? [],
    attributes,
    features: patch.features === null ? {} : merged(before.features, features),
    expiresAt: changed(before.expiresAt, typeof expiresAt === "string" ? Date.parse(expiresAt) : expiresAt),
    ...(picture === undefined ? {} : { picture: picture === null ? null : Buffer.from(picture, "base64") }),
  };
}
