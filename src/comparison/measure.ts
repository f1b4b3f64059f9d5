/** One contender measured: each of its runs ranked again for the figures a user, then everything averaged over its seeds. */
import path from "node:path";
import type { Interactions, Split } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { collectUserFigures } from "../evaluation/user-figures.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { openRun, type Run } from "../runs/open-run.ts";
import { activityOf, foundByPopularity, type Group, meansByActivity } from "./breakdown.ts";
import type { ContenderResult } from "./comparison-format.ts";
import { type Exposure, exposureOf, itemCounts } from "./exposure.ts";
import type { Protocol } from "./protocol.ts";
import { meanOf, type Spread, spreadOf } from "./statistics/spread.ts";
import type { Training } from "./trainings.ts";

export interface MeasuringContext {
  readonly engine: Engine;
  /** Folder of the comparison. */
  readonly out: string;
  readonly interactions: Readonly<Record<Split, Interactions>>;
  /** Users with something held out for testing, ascending. */
  readonly users: Int32Array;
  readonly protocol: Protocol;
  readonly cutoff: number;
  readonly activityGroups: readonly Group[];
  readonly popularityGroups: readonly Group[];
}

export type MeasuredContender = Omit<ContenderResult, "intervals" | "significance">;

export interface Measured {
  readonly result: MeasuredContender;
  /** A value for each of `users`, the mean over seeds, by tested figure. */
  readonly perUser: ReadonlyMap<string, Float64Array>;
}

function spreads(tables: readonly Readonly<Record<string, number>>[]): Record<string, Spread> {
  const names = Object.keys(tables[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(tables.map((table) => table[name] ?? 0))]));
}

function meanTable<T extends Readonly<Record<string, number>>>(tables: readonly T[]): Record<string, number> {
  return Object.fromEntries(Object.entries(spreads(tables)).map(([name, { mean }]) => [name, mean]));
}

const meanLists = (lists: readonly (readonly number[])[]): number[] =>
  (lists[0] ?? []).map((_, index) => meanOf(lists.map((list) => list[index] ?? 0)));

function weightsAtBest({ history, metrics }: Run): Readonly<Record<string, number>> | undefined {
  return history.find(({ epoch }) => epoch === metrics.bestEpoch)?.modalityWeights;
}

function meanExposure(exposures: readonly Exposure[]): Exposure {
  const mean = (of: (exposure: Exposure) => number): number => meanOf(exposures.map(of));
  return {
    coverage: mean(({ coverage }) => coverage),
    novelty: mean(({ novelty }) => novelty),
    popularity: mean(({ popularity }) => popularity),
    historyPopularity: mean(({ historyPopularity }) => historyPopularity),
    popularityLift: mean(({ popularityLift }) => popularityLift),
    gini: mean(({ gini }) => gini),
  };
}

/** @param trainings of one contender, finished, one a seed */
export async function measureContender(trainings: readonly Training[], context: MeasuringContext): Promise<Measured> {
  const { engine, out, interactions, users, protocol, cutoff, activityGroups, popularityGroups } = context;
  const [first] = trainings;
  if (first === undefined) throw new Error("a contender without trainings has nothing to measure");
  const { name, model, backbone, options } = first.contender;
  const { train, test } = interactions;
  const activity = activityOf(train, users);
  const popularity = itemCounts(train);
  const perUser = new Map(protocol.tested.map((figure) => [figure, new Float64Array(users.length)]));
  const runs: Run[] = [];
  const exposures: Exposure[] = [];
  const found: number[][] = [];
  for (const { folder } of trainings) {
    const collector = collectUserFigures(test, users, protocol.cutoffs, protocol.ndcg);
    await evaluateRun(folder, { engine, cutoffs: protocol.cutoffs, onList: collector.onList });
    const figures = collector.result();
    for (const [figure, sums] of perUser) {
      figures.figures[figure]?.forEach((value, row) => {
        sums[row] += value / trainings.length;
      });
    }
    exposures.push(exposureOf(figures, train, cutoff));
    found.push(foundByPopularity(popularityGroups, popularity, figures, test, cutoff));
    runs.push(openRun(folder));
  }
  const weights = runs.map(weightsAtBest).filter((table) => table !== undefined);
  const metrics = runs.map((run) => run.metrics);
  return {
    perUser,
    result: {
      name,
      model,
      ...(backbone === undefined ? {} : { backbone }),
      options,
      runs: runs.map((run, index) => ({
        seed: run.metrics.seed,
        folder: path.relative(out, trainings[index]?.folder ?? run.folder).replaceAll("\\", "/"),
        validation: run.metrics.validation,
        test: run.metrics.test,
        epochs: run.metrics.epochs,
        bestEpoch: run.metrics.bestEpoch,
        seconds: run.metrics.seconds,
        peakMemoryBytes: run.metrics.peakMemoryBytes,
        threads: run.config.environment.threads,
        latticework: run.config.environment.latticework,
      })),
      validation: spreads(metrics.map(({ validation }) => validation)),
      test: spreads(metrics.map((run) => run.test)),
      exposure: meanExposure(exposures),
      cost: {
        seconds: spreadOf(metrics.map(({ seconds }) => seconds.total)),
        secondsPerEpoch: spreadOf(metrics.map(({ seconds }) => seconds.perEpoch)),
        epochs: spreadOf(metrics.map(({ epochs }) => epochs)),
        peakMemoryBytes: Math.max(...metrics.map(({ peakMemoryBytes }) => peakMemoryBytes)),
      },
      byActivity: Object.fromEntries(
        [...perUser].map(([figure, values]) => [figure, meansByActivity(activityGroups, activity, values)]),
      ),
      byPopularity: meanLists(found),
      ...(weights.length === 0 ? {} : { modalityWeights: meanTable(weights) }),
    },
  };
}
