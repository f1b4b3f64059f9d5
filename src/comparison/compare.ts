/**
 * A comparison from a dataset to its folder: contenders held against the data, trained with every seed, measured, tested against the reference, and
 * written as JSON, CSV and a page. Selection never sees the test set: epochs, and the reference where none is named, are chosen on validation.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import type { Dataset } from "../data/dataset.ts";
import { readDataset } from "../data/index.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError, RunError } from "../errors.ts";
import { usersWithItems } from "../evaluation/evaluate.ts";
import { cutoffOf } from "../evaluation/metric-table.ts";
import { nearestName } from "../features/nearest-name.ts";
import { packageVersion } from "../runs/environment.ts";
import { checkWritable, folderState } from "../runs/folder-state.ts";
import { withWorkers } from "../workers/with-workers.ts";
import { activityOf, groupsByCount } from "./breakdown.ts";
import { comparisonCsv } from "./comparison-csv.ts";
import { type Comparison, comparisonFiles, comparisonFormatVersion } from "./comparison-format.ts";
import { forgetName, nameOfComparison } from "./comparison-name.ts";
import type { Contender } from "./contenders.ts";
import { itemCounts } from "./exposure.ts";
import { type Measured, measureContender } from "./measure.ts";
import { checkContenders, type Protocol, protocolOf } from "./protocol.ts";
import { sensitivityOf } from "./sensitivity.ts";
import { testAgainst } from "./significance.ts";
import { remoteTrainings } from "./training-job.ts";
import { type ComparisonEvent, planTrainings, runTrainings, type Training } from "./trainings.ts";

export interface ComparisonRequest {
  /** Dataset folder. */
  readonly dataset: string;
  /** Folder of the comparison; what is finished there is kept. */
  readonly out: string;
  /** See `chooseContenders`. */
  readonly contenders: readonly Contender[];
  readonly seeds: readonly number[];
  /** The contender to test the others against; default: the best on validation. */
  readonly reference?: string | undefined;
  /** Threads of a training; default: the processors, shared by those that run at a time. */
  readonly threads?: number | undefined;
  /** Trainings at a time; default 1. */
  readonly parallel?: number | undefined;
  /** Draws of users for the intervals; default 1000. */
  readonly resamples?: number | undefined;
  /** When aborted, running trainings finish their epoch and are saved; undefined is returned. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ComparisonEvent) => void) | undefined;
  /** `redis://…`: trainings are trained by the machines that work for this Redis or Valkey (`latticework worker`); default: in processes of this machine. */
  readonly workers?: string | undefined;
}

const defaultResamples = 1000;
const confidence = 0.95;
const bootstrapSeed = 1;

/** A folder that is somebody's is not written into. @throws RunError */
function checkFolder(out: string): void {
  checkWritable(out);
  const state = folderState(out);
  const own = ["runs", comparisonFiles.json, comparisonFiles.workers].some((name) =>
    fs.existsSync(path.join(out, name)),
  );
  if (state === "absent" || state === "empty" || (state === "foreign" && own)) return;
  throw new RunError(
    state === "foreign"
      ? `${out} is not the folder of a comparison and not empty; choose a new folder`
      : `${out} is a run folder; choose a folder of its own for the comparison`,
  );
}

function checkReference(reference: string | undefined, contenders: readonly Contender[]): void {
  const names = contenders.map(({ name }) => name);
  if (reference === undefined || names.includes(reference)) return;
  const near = nearestName(reference, names);
  throw new ConfigError(
    `reference: "${reference}" takes no part in the comparison; ${near === undefined ? `expected one of ${names.join(", ")}` : `did you mean "${near}"?`}`,
  );
}

/** The dataset as a contender reads it: the fingerprint depends on which modalities it takes. */
async function fingerprints(dataset: Dataset, contenders: readonly Contender[]): Promise<(of: Contender) => string> {
  const known = new Map<string, string>([["undefined", dataset.fingerprint]]);
  const keyOf = ({ options }: Contender): string => String(options.modalities?.toSorted());
  for (const contender of contenders) {
    const { modalities } = contender.options;
    const key = keyOf(contender);
    if (known.has(key) || dataset.folder === undefined) continue;
    known.set(key, (await readDataset(dataset.folder, { modalities })).fingerprint);
  }
  return (contender) => known.get(keyOf(contender)) ?? dataset.fingerprint;
}

/** The best on validation; on the order given where nothing is validated. */
function bestOnValidation(measured: readonly Measured[], { validateBy }: Protocol): string {
  const figureOf = ({ result }: Measured): number => result.validation[validateBy]?.mean ?? 0;
  const [first, ...others] = measured;
  if (first === undefined) throw new ConfigError("models: found none, expected some to compare");
  return others.reduce((best, one) => (figureOf(one) > figureOf(best) ? one : best), first).result.name;
}

async function measureAll(
  dataset: Dataset,
  trainings: readonly Training[],
  protocol: Protocol,
  request: ComparisonRequest,
): Promise<Comparison> {
  const { contenders, seeds, out, resamples = defaultResamples } = request;
  const { interactions } = dataset;
  const { train, test } = interactions;
  const users = usersWithItems(test);
  const ones = new Float64Array(users.length).fill(1);
  const activityGroups = groupsByCount(activityOf(train, users), ones);
  const popularityGroups = groupsByCount(itemCounts(train), itemCounts(test));
  const cutoff = cutoffOf(protocol.validateBy);
  const measured: Measured[] = [];
  const engine = await openEngine(request.threads === undefined ? {} : { threads: request.threads });
  try {
    const context = { engine, out, interactions, users, protocol, cutoff, activityGroups, popularityGroups };
    for (const contender of contenders) {
      const own = trainings.filter((training) => training.contender === contender);
      measured.push(await measureContender(own, context));
    }
  } finally {
    engine.close();
  }
  const reference = request.reference ?? bestOnValidation(measured, protocol);
  const bootstrap = { resamples, confidence, seed: bootstrapSeed };
  return {
    formatVersion: comparisonFormatVersion,
    kind: "comparison",
    latticework: packageVersion,
    finishedAt: new Date().toISOString(),
    dataset: {
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      users: dataset.users,
      items: dataset.items,
      interactions: {
        train: train.columnIndices.length,
        validation: interactions.validation.columnIndices.length,
        test: test.columnIndices.length,
      },
      modalities: dataset.modalities.map(({ name }) => name),
    },
    protocol: {
      split: "test",
      ...protocol,
      tested: [...protocol.tested],
      cutoffs: [...protocol.cutoffs],
      seeds: [...seeds],
      users: users.length,
      resamples,
      confidence,
      cutoff,
    },
    reference: { name: reference, chosenBy: request.reference === undefined ? "validation" : "user" },
    breakdown: { activity: activityGroups, popularity: popularityGroups },
    contenders: testAgainst(reference, measured, protocol.tested, bootstrap),
    sensitivity: sensitivityOf(contenders),
  };
}

/** Writes compare.json, compare.csv and report.html. */
async function writeComparison(out: string, comparison: Comparison): Promise<void> {
  const { renderComparison } = await import("./report/page.ts");
  writeFileAtomically(path.join(out, comparisonFiles.report), renderComparison(comparison));
  writeFileAtomically(path.join(out, comparisonFiles.csv), comparisonCsv(comparison));
  writeFileAtomically(path.join(out, comparisonFiles.json), `${JSON.stringify(comparison, undefined, 2)}\n`);
}

/**
 * Trains what is not trained yet, measures and writes.
 * @returns undefined when the signal ended it; what was trained is kept, and the same request goes on
 * @throws ConfigError or DatasetError before anything trains, or RunError where no server of workers answers; RunError where the folder holds something else, or trainings failed
 */
export async function compareModels(request: ComparisonRequest): Promise<Comparison | undefined> {
  const { out, contenders, seeds, signal, onEvent, parallel = 1 } = request;
  const notice = (message: string): void => onEvent?.({ kind: "notice", message });
  const protocol = protocolOf(contenders);
  checkReference(request.reference, contenders);
  if (seeds.length === 0) throw new ConfigError("seeds: found none, expected at least one");
  checkFolder(out);
  const dataset = await readDataset(request.dataset);
  for (const message of checkContenders(dataset, contenders)) notice(message);
  const trainings = planTrainings(out, contenders, seeds);
  const fingerprintOf = await fingerprints(dataset, contenders);
  const finished = await withWorkers(request.workers, notice, (queue) =>
    runTrainings({
      dataset: request.dataset,
      fingerprintOf,
      modalities: dataset.modalities,
      trainings,
      threads: request.threads ?? Math.max(1, Math.floor(os.availableParallelism() / parallel)),
      parallel,
      remote: queue && remoteTrainings(queue, nameOfComparison(out), dataset),
      signal,
      onEvent,
    }),
  );
  if (!finished) return undefined;
  notice(`measuring ${trainings.length} runs`);
  const comparison = await measureAll(dataset, trainings, protocol, request);
  await writeComparison(out, comparison);
  forgetName(out);
  return comparison;
}
