/**
 * What the studio's server and its page say to each other: the shape of every answer as a schema, with which the page reads and the server's tests
 * check. Items and users go by their outside ids; every number of a score is the model's own.
 */
import { z } from "zod";

/** The shortest name of an item: enough for a tile. */
export const tileSchema = z.object({
  id: z.string(),
  title: z.string().optional(),
  /** Whether there is a picture to ask for. */
  picture: z.boolean(),
  /** Training interactions. */
  popularity: z.number(),
  categories: z.array(z.string()),
});
export type Tile = z.output<typeof tileSchema>;

export const runCardSchema = z.object({
  /** The run's name in addresses. */
  name: z.string(),
  /** The model, for people. */
  title: z.string(),
  model: z.string(),
  status: z.enum(["finished", "unfinished"]),
  dataset: z.string(),
  users: z.number(),
  items: z.number(),
  modalities: z.array(z.string()),
});
export type RunCard = z.output<typeof runCardSchema>;

export const studioSchema = z.object({
  version: z.string(),
  runs: z.array(runCardSchema),
  /** Why there are no pictures or categories, where there are none. */
  notices: z.array(z.string()),
  /** Where a service's living model is looked at: absent where run folders are. */
  living: z
    .object({
      /** The version of the model that is served. */
      version: z.string(),
      /** Why the dataset's health is not looked at here. */
      withoutHealth: z.string(),
    })
    .optional(),
});
export type StudioSummary = z.output<typeof studioSchema>;

export const wallSchema = z.object({ total: z.number(), offset: z.number(), items: z.array(tileSchema) });
export type Wall = z.output<typeof wallSchema>;

export const categoriesSchema = z.object({
  categories: z.array(z.object({ name: z.string(), items: z.number() })),
});
export type Categories = z.output<typeof categoriesSchema>;

/** One way in which two items are joined in the item graph. */
export const linkSchema = z.object({
  modality: z.string(),
  graph: z.enum(["initial", "learned"]),
  cosine: z.number(),
  /** Its part of the edge's weight. */
  weight: z.number(),
});

export const neighbourSchema = tileSchema.extend({
  /** A cosine, or of the final graph the weight of the edge. */
  strength: z.number(),
  links: z.array(linkSchema),
});
export type Neighbour = z.output<typeof neighbourSchema>;

export const neighbourColumnSchema = z.object({
  kind: z.enum(["initial", "learned", "final", "embedding"]),
  modality: z.string().optional(),
  neighbours: z.array(neighbourSchema),
});
export type NeighbourColumn = z.output<typeof neighbourColumnSchema>;

export const itemPageSchema = z.object({
  item: tileSchema,
  /** The other columns of the dataset's items, as texts. */
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  /** α of every modality in this item's row of the item graph; empty where the model has none. */
  weights: z.array(z.object({ modality: z.string(), weight: z.number() })),
  /** λ of the run; absent where the model has no learned graph. */
  initialShare: z.number().optional(),
  /** The item came after the training, or was changed since, and was placed by its features. */
  addedLater: z.boolean(),
  columns: z.array(neighbourColumnSchema),
});
export type ItemPage = z.output<typeof itemPageSchema>;

export const failureSchema = z.object({ title: z.string(), status: z.number(), detail: z.string() });
export type Failure = z.output<typeof failureSchema>;

/** How many tiles a page of the wall has at most. */
export const mostTiles = 120;

export const wallQuerySchema = z.object({
  query: z.string().max(200).default(""),
  category: z.string().max(300).optional(),
  order: z.enum(["popularity", "title", "catalogue"]).default("popularity"),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(mostTiles).default(60),
});
export type WallQuery = z.output<typeof wallQuerySchema>;

export const usersQuerySchema = z.object({
  query: z.string().max(200).default(""),
  limit: z.coerce.number().int().min(1).max(100).default(24),
});

export const usersSchema = z.object({
  total: z.number(),
  /** Whether users are listed and found by parts of their ids; false where a whole id alone finds one. */
  listed: z.boolean(),
  users: z.array(z.object({ id: z.string(), taken: z.number() })),
});
export type Users = z.output<typeof usersSchema>;

/** A known user, or somebody with a session. */
export const personQuerySchema = z.union([
  z.object({ user: z.string() }),
  z.object({ items: z.array(z.string()).min(1).max(200) }),
]);
export type PersonQuery = z.output<typeof personQuerySchema>;

/** A part of a score that comes over the item graph. */
export const latentPartSchema = z.object({
  /** Absent where items are alike by who took them. */
  modality: z.string().optional(),
  graph: z.enum(["initial", "learned"]).optional(),
  contribution: z.number(),
});
export type LatentPart = z.output<typeof latentPartSchema>;

export const candidateSchema = z.object({
  item: tileSchema,
  /** The model's; the parts sum to it but for rounding. */
  score: z.number(),
  backbone: z.number(),
  latent: z.array(latentPartSchema),
  /** Its final embedding by its length; empty where the model has none. */
  direction: z.array(z.number()),
  /** The user took it in the time that was held out. */
  takenLater: z.boolean(),
});
export type Candidate = z.output<typeof candidateSchema>;

export const personSchema = z.object({
  /** `popularity` for somebody whose history says nothing. */
  source: z.enum(["model", "popularity"]),
  history: z.array(tileSchema),
  /** Best first, as the model ranks them: what sliders rank anew. */
  pool: z.array(candidateSchema),
  /** Why the scores have no parts, where they have none. */
  unexplained: z.string().optional(),
  initialShare: z.number().optional(),
});
export type Person = z.output<typeof personSchema>;

const likenessSchema = z.object({
  modality: z.string().optional(),
  graph: z.enum(["initial", "learned"]).optional(),
  cosine: z.number(),
  contribution: z.number(),
});
export type PathLikeness = z.output<typeof likenessSchema>;

export const reasonSchema = z.object({
  item: tileSchema,
  contribution: z.number(),
  backbone: z.number(),
  graph: z.number(),
  direct: z.number(),
  likenesses: z.array(likenessSchema),
  through: z.array(z.object({ item: tileSchema, contribution: z.number(), likenesses: z.array(likenessSchema) })),
  sentence: z.string(),
});
export type PathReason = z.output<typeof reasonSchema>;

export const explanationSchema = z.object({
  item: tileSchema,
  score: z.number(),
  backbone: z.number(),
  graph: z.number(),
  reasons: z.array(reasonSchema),
  others: z.object({ items: z.number(), contribution: z.number() }),
  own: z.object({ contribution: z.number() }),
});
export type ExplanationPage = z.output<typeof explanationSchema>;

/** The latent item graph laid out: column by column, since there may be tens of thousands of items. */
export const itemMapSchema = z.object({
  state: z.literal("ready"),
  ids: z.array(z.string()),
  titles: z.array(z.string()).optional(),
  x: z.array(z.number()),
  y: z.array(z.number()),
  /** 0 is the largest. */
  community: z.array(z.number()),
  popularity: z.array(z.number()),
  categories: z.array(z.string()),
  /** Into `categories`; -1 for none. */
  category: z.array(z.number()),
  modalities: z.array(z.string()),
  /** The modality that most of an item's edges weigh by, into `modalities`; -1 for none. */
  modality: z.array(z.number()),
  /** The strongest edges of every item, each once. */
  edges: z.object({ from: z.array(z.number()), to: z.array(z.number()), modality: z.array(z.number()) }),
  /** Items that came after the training, which are not on the map. */
  addedLater: z.number(),
});
export type ItemMap = z.output<typeof itemMapSchema>;

export const mapAnswerSchema = z.discriminatedUnion("state", [
  itemMapSchema,
  /** Being laid out; ask again. */
  z.object({ state: z.literal("working"), share: z.number() }),
  /** There is no item graph to lay out. */
  z.object({ state: z.literal("none"), reason: z.string() }),
]);
export type MapAnswer = z.output<typeof mapAnswerSchema>;

const figuresSchema = z.record(z.string(), z.number());

/** A training as it stands: finished, or as of its last checkpoint. */
export const trainingSchema = z.object({
  status: z.enum(["finished", "unfinished"]),
  /** The figure that chooses the epoch. */
  validateBy: z.string(),
  history: z.array(
    z.object({
      epoch: z.number(),
      loss: z.number(),
      validation: z.number().optional(),
      modalityWeights: figuresSchema.optional(),
    }),
  ),
});
export type Training = z.output<typeof trainingSchema>;

export const comparisonSchema = z.object({
  runs: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      seed: z.number(),
      epochs: z.number(),
      bestEpoch: z.number(),
      seconds: z.number(),
      validation: figuresSchema,
      test: figuresSchema,
    }),
  ),
  leaderboard: z.array(z.object({ title: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())) })),
});
export type ComparisonPage = z.output<typeof comparisonSchema>;

/** What `inspect` says of the dataset of a run. */
export const healthSchema = z.object({
  name: z.string(),
  users: z.number(),
  items: z.number(),
  density: z.number(),
  interactions: figuresSchema,
  modalities: z.array(
    z.object({
      name: z.string(),
      columns: z.number().optional(),
      missing: z.number(),
      zeroRows: z.number(),
      duplicateRows: z.number(),
      /** How much oftener nearest items share a user than any two do. */
      lift: z.number().optional(),
      verdict: z.string(),
    }),
  ),
  warnings: z.array(z.string()),
});
export type Health = z.output<typeof healthSchema>;
