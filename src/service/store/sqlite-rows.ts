/** Rows of the SQLite store as they are read, and what they are outside. Lists and notes are kept as JSON text. */
import { z } from "zod";
import type { StoredKey, StoredModel } from "./store.ts";
import { attributesSchema, bytes, noteText, optional, scopeSchema } from "./stored-rows.ts";

export const itemRow = z.object({
  id: z.string(),
  title: optional(z.string()),
  text: optional(z.string()),
  categories: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  attributes: z.string().transform((text) => attributesSchema.parse(JSON.parse(text))),
  expires_at: optional(z.number()),
  encoded_by: z.string(),
  picture_digest: optional(z.string()),
});
export const featureRow = z.object({ modality: z.string(), encoded: z.number(), row: bytes });
export const keyRow = z.object({
  id: z.string(),
  name: z.string(),
  scope: scopeSchema,
  hash: bytes,
  created_at: z.number(),
  expires_at: optional(z.number()),
  revoked_at: optional(z.number()),
});
export const keyOf = ({ created_at, expires_at, revoked_at, ...rest }: z.output<typeof keyRow>): StoredKey => ({
  ...rest,
  createdAt: created_at,
  expiresAt: expires_at,
  revokedAt: revoked_at,
});
export const modelColumns = "version, folder, created_at, note";
export const modelRow = z.object({
  version: z.string(),
  folder: z.string(),
  created_at: z.number(),
  note: noteText,
});
export const modelOf = ({ created_at, ...rest }: z.output<typeof modelRow>): StoredModel => ({
  ...rest,
  createdAt: created_at,
});
