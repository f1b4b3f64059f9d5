/** What rows of both databases share: the types of columns, and rows that are the same in both. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StoredInteraction } from "./store.ts";

export const optional = <T extends z.ZodType>(of: T) => of.nullable().transform((value) => value ?? undefined);
export const bytes = z.instanceof(Uint8Array);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
export const attributesSchema = z.record(z.string(), z.union([scalar, z.null(), z.array(scalar)]));
export const scopeSchema = z.enum(["read", "write", "admin"]);
/** A model's note, kept as JSON text. */
export const noteText = z
  .string()
  .transform((text) => z.record(z.string(), z.union([z.string(), z.number()])).parse(JSON.parse(text)));

export const identityRow = z.object({ id: z.string() });

export const interactionRow = z.object({
  id: z.number(),
  key: z.string(),
  user: z.string(),
  item: z.string(),
  event: z.string(),
  weight: z.number(),
  at: z.number(),
});
export const interactionOf = ({ id: _, ...rest }: z.output<typeof interactionRow>): StoredInteraction => rest;

export const changeRow = z.object({
  position: z.number(),
  kind: z.enum(["item", "user", "erasure", "model"]),
  id: z.string(),
});

/** Aligned, and of its own: a row's bytes lie anywhere in what was read. */
export const floatsOf = (row: Uint8Array): Float32Array => new Float32Array(new Uint8Array(row).buffer);
export const bytesOf = (row: Float32Array): Buffer => Buffer.from(row.buffer, row.byteOffset, row.byteLength);
/** What is kept of an erased user's id. */
export const hashOf = (user: string): Buffer => createHash("sha256").update(user).digest();
