/** `sweep.json`: what a sweep was asked, written when it begins, and what it found, written when it ends. A version guards its readers. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";

export const sweepFormatVersion = 1;

export const sweepFiles = {
  json: "sweep.json",
  trials: "trials.jsonl",
  report: "report.html",
  /** The winner's run folder. */
  winner: "winner",
  checkpoints: "checkpoints",
} as const;

export const searchMethods = ["grid", "random", "tpe", "halving"] as const;
export type SearchMethod = (typeof searchMethods)[number];

const figures = z.record(z.string(), z.number());
const count = z.int().min(0);

const planSchema = z.object({
  /** Dimensions as they were read. */
  space: z.array(z.json()),
  method: z.enum(searchMethods),
  trials: z.int().min(1),
  seed: count,
  /** A trial knows those at least this many before it. */
  lag: z.int().min(1),
  /** Whether bad trials are stopped early. */
  stopping: z.boolean(),
  /** η of successive halving. */
  reduction: z.int().min(2),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames),
  /** Options of all trials. */
  options: z.record(z.string(), z.json()),
});
/** Everything that decides what a sweep finds. */
export type SweepPlan = z.output<typeof planSchema>;

const winnerSchema = z.object({
  trial: count,
  rung: count,
  setting: z.record(z.string(), z.json()),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: trainingOptionsSchema,
  bestEpoch: z.int(),
  validation: figures,
  /** Looked at once, of this trial alone; empty where nothing is held out for testing. */
  test: figures,
});

const resultSchema = z.object({
  /** The figure of the validation set that chose. */
  figure: z.string(),
  finished: count,
  stopped: count,
  failed: count,
  /** Of all trials together. */
  seconds: z.number(),
  winner: winnerSchema,
});
export type SweepResult = z.output<typeof resultSchema>;

export const sweepSchema = z.object({
  formatVersion: z.literal(sweepFormatVersion),
  kind: z.literal("sweep"),
  /** Names its trials among those of others. */
  id: z.string(),
  /** The version that began it, and once it is finished the one that finished it. */
  latticework: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  dataset: z.object({
    name: z.string(),
    fingerprint: z.string(),
    users: count,
    items: count,
    /** What its modalities hold; absent in sweeps that were begun before it was kept. */
    modalities: z.array(z.object({ name: z.string(), content: z.string() })).optional(),
  }),
  plan: planSchema,
  /** Absent until it is finished. */
  result: resultSchema.optional(),
});
/** A sweep, finished or not. */
export type Sweep = z.output<typeof sweepSchema>;

/** @returns undefined where no sweep was begun @throws RunError for a file that is none */
export function readSweep(folder: string): Sweep | undefined {
  const file = path.join(folder, sweepFiles.json);
  if (!fs.existsSync(file)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new RunError(`${file} is no JSON: it was changed; bring it back from a copy, or sweep into another folder`, {
      cause: error,
    });
  }
  const parsed = sweepSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RunError(
    `${file} is not what a sweep of this version of latticework writes (${issue?.path.join(".")}: ${issue?.message}); sweep into another folder`,
    { cause: parsed.error },
  );
}
