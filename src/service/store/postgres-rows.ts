/** Rows of the PostgreSQL store as they are read, and what they are outside. Contents of items are kept as JSON text, which holds any character. */
import { z } from "zod";
import type { ItemWrite, StoredItem, StoredKey, StoredModel } from "./store.ts";
import { attributesSchema, bytes, floatsOf, noteText, optional, scopeSchema } from "./stored-rows.ts";

const contentSchema = z.object({
  title: z.string().optional(),
  text: z.string().optional(),
  categories: z.array(z.string()),
  attributes: attributesSchema,
});

export const contentOf = ({ title, text, categories, attributes }: ItemWrite): string =>
  JSON.stringify({ title, text, categories, attributes });

/** An item with its features as four lists of the same length. */
export const itemColumns = `items.id, items.content, items.expires_at, items.encoded_by,
  (SELECT digest FROM latticework.pictures WHERE item = items.id) AS picture_digest, of_item.modalities, of_item.encoded, of_item.values`;
export const itemTables = `latticework.items LEFT JOIN LATERAL (
    SELECT array_agg(modality) AS modalities, array_agg(encoded) AS encoded, array_agg(values) AS values
    FROM latticework.features WHERE item = items.id
  ) AS of_item ON true`;
/** The item of id $1. */
export const selectItem = `SELECT ${itemColumns} FROM ${itemTables} WHERE items.id = $1`;
/** Those of the ids $1. */
export const selectItems = `SELECT ${itemColumns} FROM ${itemTables} WHERE items.id = ANY ($1::text[])`;
export const itemRow = z
  .object({
    id: z.string(),
    content: z.string().transform((text) => contentSchema.parse(JSON.parse(text))),
    expires_at: optional(z.number()),
    encoded_by: z.string(),
    picture_digest: optional(z.string()),
    modalities: z.array(z.string()).nullable(),
    encoded: z.array(z.boolean()).nullable(),
    values: z.array(bytes).nullable(),
  })
  .transform(({ id, content, expires_at, encoded_by, picture_digest, modalities, encoded, values }): StoredItem => {
    const given: Record<string, Float32Array> = {};
    const made: Record<string, Float32Array> = {};
    for (const [n, modality] of (modalities ?? []).entries()) {
      const row = values?.[n];
      if (row !== undefined) (encoded?.[n] === true ? made : given)[modality] = floatsOf(row);
    }
    return {
      id,
      title: content.title,
      text: content.text,
      categories: content.categories,
      attributes: content.attributes,
      expiresAt: expires_at,
      pictureDigest: picture_digest,
      features: given,
      encoded: { by: encoded_by, features: made },
    };
  });

export const pictureRow = z.object({ bytes });
export const keyColumns = `id, name, scope, hash, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;
export const keyRow = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: scopeSchema,
    hash: bytes.transform((hash) => new Uint8Array(hash)),
    createdAt: z.number(),
    expiresAt: optional(z.number()),
    revokedAt: optional(z.number()),
  })
  .transform((key): StoredKey => key);

export const modelColumns = `version, folder, created_at AS "createdAt", note`;
export const modelRow = z
  .object({
    version: z.string(),
    folder: z.string(),
    createdAt: z.number(),
    note: noteText,
  })
  .transform((model): StoredModel => model);

export const interactionColumns = `id, key, user_id AS "user", item_id AS item, event, weight, at`;
