/** Items between the wire and the store: bodies as writes, items as they are shown, and given features held against the served model. */
import type { z } from "@hono/zod-openapi";
import { UnencodableItem } from "../living/item-writes.ts";
import type { LivingModel } from "../living/living-model.ts";
import type { ItemWrite, StoredItem } from "../store/store.ts";
import { Problem } from "./problem.ts";
import type { itemBody, itemSchema } from "./schemas.ts";

/** Bytes of an item with its picture in JSON, at most. */
export const mostItemBytes = 32_000_000;

type Features = StoredItem["features"];

const featuresOf = (given: Readonly<Record<string, readonly number[]>>): Features =>
  Object.fromEntries(Object.entries(given).map(([name, values]) => [name, Float32Array.from(values)]));

export function writeOf(id: string, body: z.output<typeof itemBody>): ItemWrite {
  const { title, text, categories = [], attributes = {}, picture, features = {}, expiresAt } = body;
  return {
    id,
    title,
    text,
    categories,
    attributes,
    ...(picture === undefined ? {} : { picture: picture === null ? null : Buffer.from(picture, "base64") }),
    features: featuresOf(features),
    encoded: { by: "", features: {} },
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
  };
}

export function shownItem(
  { encoded, features, expiresAt, pictureDigest, ...item }: StoredItem,
  recommendable: boolean,
): z.input<typeof itemSchema> {
  return {
    ...item,
    source: "store",
    hasPicture: pictureDigest !== undefined,
    attributes: Object.fromEntries(
      Object.entries(item.attributes).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
    ) as z.input<typeof itemSchema>["attributes"],
    categories: [...item.categories],
    modalities: [...new Set([...Object.keys(encoded.features), ...Object.keys(features)])],
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    recommendable,
  };
}

/** @returns where in a body features are not those of the model, and why */
export function featuresFault(features: Features, modalities: ReadonlyMap<string, number>): string | undefined {
  for (const [name, values] of Object.entries(features)) {
    const columns = modalities.get(name);
    if (columns === undefined) {
      return `features/${name}: the model takes ${modalities.size === 0 ? "no features of items" : [...modalities.keys()].join(", ")}`;
    }
    if (values.length !== columns) return `features/${name}: found ${values.length} values, expected ${columns}`;
    if (!values.every(Number.isFinite)) return `features/${name}: a value is no float32 number`;
  }
  return undefined;
}

/** @throws Problem invalid where the features are not those of the served model */
export function checkFeatures(features: Features, { served }: Pick<LivingModel, "served">): void {
  const fault = featuresFault(features, served.modalities);
  if (fault !== undefined) throw new Problem("invalid", `body/${fault}`);
}

/** @throws Problem invalid where the picture is none */
export async function encodable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnencodableItem) throw new Problem("invalid", error.message);
    throw error;
  }
}

/** Of an item that the store does not have, where it would have to. */
export const notInStore = (id: string, living: Pick<LivingModel, "trainedItem">): Problem =>
  living.trainedItem(id) === undefined
    ? noSuchItem()
    : new Problem("conflict", "Only the model knows this item, the store has nothing to change: PUT it first");

export const noSuchItem = (): Problem => new Problem("not-found", "There is no item of that id");
