/** What goes over the wire, as schemas: checked at the border, and the service's OpenAPI document. */
import { z } from "@hono/zod-openapi";
import { strictObject } from "./strict-object.ts";

export const longestId = 512;

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");
const storableMessage = "must be well-formed Unicode without a zero character";

/** Any text that can stand in a path, percent-encoded. */
const idText = (what: string) =>
  z
    .string()
    .min(1)
    .max(longestId)
    .refine(isStorable, storableMessage)
    .refine((id) => id !== "." && id !== "..", 'must not be "." or "..", which no path can hold')
    .openapi({ description: `Id of ${what}`, example: "sku-17" });
export const itemId = idText("an item");
export const userId = idText("a user");
const idList = z.array(itemId).max(10_000);

const count = z.int().min(1).max(1000);
const share = z.number().min(0).max(1);
const boost = z.number().min(-1e6).max(1e6);
const attribute = z.union([
  z.string().max(100_000),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string().max(10_000), z.number(), z.boolean()])).max(1000),
]);
const limitedRecord = <V extends z.ZodType>(value: V, most: number) =>
  z.record(z.string().min(1).max(200), value).refine((record) => Object.keys(record).length <= most, {
    message: `must have at most ${most} entries`,
  });

/** Of an item, at most. */
export const mostAttributes = 200;
const features = z.array(z.number()).min(1).max(65_536);
const mostFeatures = 16;
const itemFields = {
  title: z.string().max(2000).optional(),
  text: z.string().max(100_000).optional().openapi({ description: "Whatever describes the item" }),
  categories: z.array(z.string().min(1).max(500)).max(100).optional(),
  attributes: limitedRecord(attribute, mostAttributes).optional().openapi({
    description: "Free attributes; one that has the name of a column the texts were encoded from is encoded",
  }),
  picture: z
    .base64()
    .max(28_000_000)
    .nullable()
    .optional()
    .openapi({ description: "A picture file in base64; absent: as it is; null: none" }),
  features: limitedRecord(features, mostFeatures)
    .optional()
    .openapi({ description: "Feature vectors by modality, where the service does not encode it itself" }),
  expiresAt: z.iso.datetime({ offset: true }).optional().openapi({ description: "From then on it appears nowhere" }),
};
export const itemBody = strictObject(itemFields).openapi("ItemBody");
export const itemLine = strictObject({ id: itemId, ...itemFields }).openapi("ItemLine");
export const itemPatch = strictObject({
  title: itemFields.title.unwrap().nullish(),
  text: itemFields.text.unwrap().nullish(),
  categories: itemFields.categories.unwrap().nullish(),
  attributes: limitedRecord(attribute, mostAttributes)
    .nullish()
    .openapi({ description: "Those that are named are set; null takes one away" }),
  picture: itemFields.picture,
  features: limitedRecord(features.nullable(), mostFeatures)
    .nullish()
    .openapi({ description: "Those that are named are set; null takes one away" }),
  expiresAt: itemFields.expiresAt.unwrap().nullish(),
}).openapi("ItemPatch", { description: "What is not named stays; null takes a field away; lists are replaced whole" });
export const itemSchema = z
  .object({
    id: z.string(),
    source: z
      .enum(["store", "model"])
      .openapi({ description: "Who says this: the store, or, of an item that nobody wrote to it, the served model" }),
    title: z.string().optional(),
    text: z.string().optional(),
    categories: z.array(z.string()),
    attributes: z.record(z.string(), attribute),
    hasPicture: z.boolean().openapi({
      description:
        "Whether its picture can be had; from the model: whether it was trained with one, which is not kept here",
    }),
    modalities: z.array(z.string()).openapi({ description: "In which the item has features" }),
    expiresAt: z.string().optional(),
    recommendable: z.boolean().openapi({ description: "Whether lists may hold it now" }),
  })
  .openapi("Item");
export const outcomeSchema = z
  .object({ id: z.string(), recommendable: z.boolean(), reason: z.string().optional() })
  .openapi("ItemOutcome");

const interactionFields = {
  user: userId,
  item: itemId,
  event: z
    .string()
    .min(1)
    .max(100)
    .refine(isStorable, storableMessage)
    .optional()
    .openapi({ description: "What happened; default: view", example: "purchase" }),
  weight: z
    .number()
    .min(-1e6)
    .max(1e6)
    .refine((weight) => weight !== 0, "must not be 0")
    .optional()
    .openapi({ description: "How much it counts, default 1; below 0: the user does not want the item" }),
  at: z.iso.datetime({ offset: true }).optional().openapi({ description: "Default: now" }),
  key: z
    .string()
    .min(1)
    .max(200)
    .refine(isStorable, storableMessage)
    .optional()
    .openapi({ description: "Two interactions with the same key are one" }),
};
export const interactionLine = strictObject(interactionFields).openapi("Interaction");
export const interactionsBody = strictObject({ interactions: z.array(interactionLine).min(1).max(1000) }).openapi(
  "Interactions",
);
export const interactionsOutcome = z.object({ accepted: z.int(), duplicates: z.int() }).openapi("InteractionsOutcome");

const boosts = strictObject({
  items: limitedRecord(boost, 1000).optional(),
  categories: limitedRecord(boost, 1000).optional(),
});
const rules = {
  count: count.optional().openapi({ description: "Items in the list; default 20" }),
  exclude: z.enum(["seen", "nothing"]).optional().openapi({ description: "Default: what the user has is left out" }),
  allow: idList.optional(),
  deny: idList.optional(),
  categories: z.array(z.string().min(1).max(500)).max(100).optional(),
  withoutCategories: z.array(z.string().min(1).max(500)).max(100).optional(),
  boosts: boosts.optional().openapi({ description: "In standard deviations of the user's scores" }),
  popularityCorrection: z.number().min(0).max(1000).optional(),
  diversity: share.optional().openapi({ description: "From 0, as ranked, to 1, as unlike as can be" }),
};
export const recommendBody = strictObject({
  ...rules,
  because: z.array(itemId).max(1000).optional().openapi({ description: "Items that count now beside the user" }),
  becauseWeight: share.optional(),
}).openapi("RecommendRules");
export const sessionBody = strictObject({
  items: z
    .array(z.union([itemId, strictObject({ id: itemId, weight: z.number().positive().max(1e6).optional() })]))
    .max(1000),
  ...rules,
}).openapi("Session");

/** Of a query everything is text; lists are given by repeating the name. */
const numberText = <T extends z.ZodType>(of: T) =>
  z.preprocess((text) => (typeof text === "string" && text.trim() !== "" ? Number(text) : text), of);
const listText = <T extends z.ZodType>(of: T) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), of);
const boostTexts = listText(
  z
    .array(
      z
        .string()
        .max(1100)
        .regex(/^.+:[^:]+$/s, "must be an id or category, a colon and a number")
        .transform((text, context) => {
          const at = text.lastIndexOf(":");
          const value = boost.safeParse(Number(text.slice(at + 1)));
          if (value.success) return [text.slice(0, at), value.data] as const;
          context.addIssue({ code: "custom", message: "must end in a number" });
          return z.NEVER;
        }),
    )
    .max(1000)
    .optional(),
).openapi({ type: "array", items: { type: "string" }, description: "id:number, repeated" });

export const recommendQuery = strictObject({
  count: numberText(count.optional()).openapi({ type: "integer", description: "Items in the list; default 20" }),
  exclude: rules.exclude,
  allow: listText(idList.optional()).openapi({ type: "array", items: { type: "string" } }),
  deny: listText(idList.optional()).openapi({ type: "array", items: { type: "string" } }),
  category: listText(rules.categories).openapi({ type: "array", items: { type: "string" } }),
  withoutCategory: listText(rules.withoutCategories).openapi({ type: "array", items: { type: "string" } }),
  boostItem: boostTexts,
  boostCategory: boostTexts,
  popularityCorrection: numberText(rules.popularityCorrection).openapi({ type: "number" }),
  diversity: numberText(share.optional()).openapi({ type: "number" }),
  because: listText(z.array(itemId).max(1000).optional()).openapi({ type: "array", items: { type: "string" } }),
  becauseWeight: numberText(share.optional()).openapi({ type: "number" }),
});
export const similarQuery = strictObject({
  by: z.string().min(1).max(100).optional().openapi({ description: "embedding (default), graph, or a modality" }),
  count: numberText(count.optional()).openapi({ type: "integer", description: "Default 10" }),
});
export const explanationQuery = strictObject({
  count: numberText(count.optional()).openapi({ type: "integer", description: "Reasons; default 5" }),
});

const recommendedItem = z.object({
  id: z.string(),
  title: z.string().optional(),
  score: z.number(),
  adjusted: z.number().optional(),
});
export const listSchema = z
  .object({
    model: z.string().openapi({ description: "Version of the model" }),
    source: z.enum(["model", "popularity"]),
    items: z.array(recommendedItem),
  })
  .openapi("RecommendedList");
export const similarSchema = z
  .object({ model: z.string(), by: z.string(), items: z.array(recommendedItem) })
  .openapi("SimilarItems");

const parts = { contribution: z.number(), backbone: z.number(), graph: z.number() };
const likeness = z.object({
  modality: z.string().optional(),
  graph: z.enum(["initial", "learned"]).optional(),
  cosine: z.number(),
  contribution: z.number(),
});
const named = { id: z.string(), title: z.string().optional() };
const likenesses = z.array(likeness);
export const explanationSchema = z
  .object({
    model: z.string(),
    item: z.object(named),
    score: z.number(),
    ...parts,
    reasons: z.array(
      z.object({
        ...named,
        ...parts,
        direct: z.number(),
        likenesses,
        through: z.array(z.object({ ...named, contribution: z.number(), likenesses })),
        sentence: z.string(),
      }),
    ),
    others: z.object({ items: z.int(), ...parts }),
    own: z.object(parts),
    neighbours: z.array(z.object({ ...named, contribution: z.number(), taken: z.boolean(), likenesses })),
  })
  .openapi("Explanation");

export const erasureSchema = z.object({ user: z.string(), interactions: z.int() }).openapi("Erasure");
export const modelsSchema = z
  .object({
    served: z.string(),
    versions: z.array(
      z.object({
        version: z.string(),
        createdAt: z.string(),
        served: z.boolean(),
        note: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    ),
  })
  .openapi("Models");
export const modelVersion = z.string().min(1).max(200).openapi({ description: "Version of a model" });
export const importOutcome = z
  .object({
    accepted: z.int(),
    refused: z.int(),
    problems: z
      .array(z.object({ line: z.int(), detail: z.string() }))
      .openapi({ description: "Of the first refused lines" }),
  })
  .openapi("ImportOutcome");

const scope = z.enum(["read", "write", "admin"]);
export const keyBody = strictObject({
  scope,
  name: z.string().max(200).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
}).openapi("NewKey");
const keyFields = {
  id: z.string(),
  name: z.string(),
  scope,
  createdAt: z.string(),
  expiresAt: z.string().optional(),
  revokedAt: z.string().optional(),
};
export const keySchema = z.object(keyFields).openapi("Key");
export const createdKeySchema = z
  .object({ ...keyFields, key: z.string().openapi({ description: "Shown this once" }) })
  .openapi("CreatedKey");
