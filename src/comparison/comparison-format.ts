/** `compare.json`: what a comparison found, as a schema with a version; everything shown of a comparison is made from it. */
import fs from "node:fs";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";

/** Raised when a reader of the version before could not read a new file. */
export const comparisonFormatVersion = 1;

export const comparisonFiles = {
  json: "compare.json",
  csv: "compare.csv",
  report: "report.html",
  /** While it trains on other machines. */
  workers: "workers.json",
} as const;

const count = z.int().min(0);
const interval = z.tuple([z.number(), z.number()]);
const table = z.record(z.string(), z.number());

const spreadSchema = z.object({
  mean: z.number(),
  /** Standard deviation over seeds; absent where there is one alone. */
  deviation: z.number().optional(),
});

const groupSchema = z.object({
  /** Training interactions of the group's users, or of its items: fewest and most. */
  from: count,
  to: count,
  /** Users of the group, or held-out interactions with its items. */
  weight: count,
});

const testSchema = z.object({
  /** This contender's mean a user less the reference's. */
  difference: z.number(),
  interval,
  /** Users with and without a difference. */
  users: count,
  zeros: count,
  method: z.enum(["exact", "normal"]),
  p: z.number(),
  /** Holm-corrected over the contenders that are tested. */
  corrected: z.number(),
});

const contenderSchema = z.object({
  name: z.string(),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: trainingOptionsSchema,
  runs: z.array(
    z.object({
      seed: z.int(),
      /** Relative to the comparison's folder. */
      folder: z.string(),
      validation: table,
      test: table,
      epochs: count,
      bestEpoch: z.int(),
      seconds: z.object({ total: z.number(), perEpoch: z.number(), graph: z.number() }),
      peakMemoryBytes: count,
      threads: z.int(),
      /** The version that trained it; absent where an older one wrote this. */
      latticework: z.string().optional(),
    }),
  ),
  /** Over seeds. */
  validation: z.record(z.string(), spreadSchema),
  test: z.record(z.string(), spreadSchema),
  /** Of the tested figures: bootstrap over users of each user's mean over seeds. */
  intervals: z.record(z.string(), interval),
  /** Against the reference, by figure; empty for the reference itself. */
  significance: z.record(z.string(), testSchema),
  /** Means over seeds. */
  exposure: z.object({
    coverage: z.number(),
    novelty: z.number(),
    popularity: z.number(),
    historyPopularity: z.number(),
    popularityLift: z.number(),
    gini: z.number(),
  }),
  cost: z.object({
    seconds: spreadSchema,
    secondsPerEpoch: spreadSchema,
    epochs: spreadSchema,
    peakMemoryBytes: count,
  }),
  /** Means over seeds, a value for each group of `breakdown`. */
  byActivity: z.record(z.string(), z.array(z.number())),
  byPopularity: z.array(z.number()),
  /** Means over seeds at the best epoch; absent for models without them. */
  modalityWeights: table.optional(),
});

const sensitivitySchema = z.object({
  option: z.string(),
  /** Contenders that differ in this option alone, by its value. */
  points: z.array(z.object({ value: z.number(), contender: z.string() })).min(2),
});

export const comparisonSchema = z.object({
  formatVersion: z.literal(comparisonFormatVersion),
  kind: z.literal("comparison"),
  /** The version that measured. */
  latticework: z.string(),
  /** ISO 8601. */
  finishedAt: z.string(),
  dataset: z.object({
    name: z.string(),
    fingerprint: z.string(),
    users: count,
    items: count,
    interactions: z.object({ train: count, validation: count, test: count }),
    modalities: z.array(z.string()),
  }),
  protocol: z.object({
    split: z.literal("test"),
    validateBy: z.string(),
    tested: z.array(z.string()).min(1),
    cutoffs: z.array(z.int()),
    ndcg: z.enum(["standard", "retrieved"]),
    maskValidation: z.boolean(),
    seeds: z.array(z.int()),
    /** Users with something held out for testing. */
    users: count,
    resamples: z.int(),
    confidence: z.number(),
    /** Of the exposure and the breakdown by items. */
    cutoff: z.int(),
  }),
  /** The contender that the others are tested against, and who chose it. */
  reference: z.object({ name: z.string(), chosenBy: z.enum(["validation", "user"]) }),
  breakdown: z.object({ activity: z.array(groupSchema), popularity: z.array(groupSchema) }),
  contenders: z.array(contenderSchema),
  sensitivity: z.array(sensitivitySchema),
});

export type Comparison = z.output<typeof comparisonSchema>;
export type ContenderResult = Comparison["contenders"][number];
export type Sensitivity = Comparison["sensitivity"][number];

const versioned = z.object({ formatVersion: z.number() });

/** @throws RunError when it cannot be read, is of a newer format, or is none */
export function readComparison(file: string): Comparison {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError(`${file} cannot be read (${reason}); run the comparison again, its runs are kept`, {
      cause: error,
    });
  }
  const version = versioned.safeParse(value).data?.formatVersion ?? 0;
  if (version > comparisonFormatVersion) {
    throw new RunError(
      `${file} is of comparison format ${version}, this version of latticework reads up to ${comparisonFormatVersion}; install a newer latticework`,
    );
  }
  const parsed = comparisonSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RunError(`${file} is not what a comparison writes: ${z.prettifyError(parsed.error)}`);
}
