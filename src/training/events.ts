/** What a training tells while it runs and leaves when it ends. */

import type { MetricTable } from "../evaluation/metric-table.ts";

export type { MetricTable };

/** One line of `history.jsonl`. */
export interface EpochRecord {
  readonly epoch: number;
  /** Sum over the epoch's steps of the batch losses: ranking + regularisation. */
  readonly loss: number;
  readonly rankingLoss: number;
  readonly regularisationLoss: number;
  readonly learningRate: number;
  /** Of training alone, without validation. */
  readonly seconds: number;
  /** On epochs that were validated. */
  readonly validation?: MetricTable | undefined;
  readonly modalityWeights?: Readonly<Record<string, number>> | undefined;
}

export type TrainingEvent =
  | {
      readonly kind: "step";
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly stepsPerSecond: number;
    }
  | {
      readonly kind: "epoch";
      readonly record: EpochRecord;
      readonly best: { readonly epoch: number; readonly value: number } | undefined;
      readonly secondsLeft: number;
    }
  | { readonly kind: "checkpoint"; readonly epoch: number }
  /** Once, before the first epoch, where a training goes on from a checkpoint: the epochs it has, of which no other event tells. */
  | { readonly kind: "resumed"; readonly history: readonly EpochRecord[] }
  | { readonly kind: "notice"; readonly message: string };

/** What a finished (or interrupted) training leaves; parameters of the model hold the best epoch's values. */
export interface TrainingResult {
  readonly history: readonly EpochRecord[];
  /** Epochs that ran. */
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Validation figures of the best epoch (empty where the dataset holds nothing out for validation). */
  readonly validation: MetricTable;
  /** Total: training and validation, over all its starts; perEpoch: the mean of training alone; graph: building initial graphs, before the training. */
  readonly seconds: { readonly total: number; readonly perEpoch: number; readonly graph: number };
  readonly peakMemoryBytes: number;
  /** True when a signal ended it before its time; the checkpoint then continues it. */
  readonly interrupted: boolean;
}
