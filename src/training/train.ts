/**
 * The training loop (specification, section 5): epochs of BPR steps, selection by the validation set with early stopping, checkpoints,
 * and at the end the parameters of the best epoch. It never looks at the test set.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../models/model.ts";
import { createBestParameters } from "./best-parameters.ts";
import { createBreather } from "./breather.ts";
import type { TrainingProgress } from "./checkpoint-writer.ts";
import { openCheckpoints } from "./checkpoints.ts";
import type { TrainingOptions } from "./configuration.ts";
import { isExhausted, noSelection, type SelectionState, select } from "./early-stopping.ts";
import { trainEpoch } from "./epoch.ts";
import type { EpochRecord, TrainingEvent, TrainingResult } from "./events.ts";
import { createSampler } from "./samplers.ts";
import { createTimeLeft } from "./time-left.ts";
import { isValidated, validate } from "./validate.ts";
import { withoutTraining } from "./without-training.ts";

export interface TrainingRequest {
  readonly engine: Engine;
  /** Made for this dataset, engine and seed; afterwards its parameters hold the best epoch's values. */
  readonly model: Model;
  readonly dataset: Dataset;
  readonly options: TrainingOptions;
  /** Decides, with the options and the dataset, every byte of the weights. */
  readonly seed: number;
  /** When aborted, the epoch is finished, a checkpoint written, and the result says `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Where checkpoints go, at most every half minute and at the end; absent: none are written. */
  readonly checkpointFolder?: string | undefined;
  /** Continue from the checkpoint in that folder, to the same bytes as without the stop. */
  readonly resume?: boolean | undefined;
}

const secondsSince = (milliseconds: number): number => (performance.now() - milliseconds) / 1000;

const bestOf = ({ bestEpoch, bestValue }: SelectionState) =>
  bestEpoch < 0 ? undefined : { epoch: bestEpoch, value: bestValue };

/**
 * Trains until the last epoch, until validation has found no new best for too long, or until the signal.
 * @throws DatasetError when there is nothing to train on; RunError when the loss is no longer finite, a checkpoint cannot be
 * saved, or the one to resume is damaged or of another training; EngineError when memory does not suffice
 */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const { engine, model, dataset, options, seed, signal } = request;
  const onEvent = request.onEvent ?? (() => {});
  const notice = (message: string): void => onEvent({ kind: "notice", message });
  if (model.parameters.length === 0) {
    notice(`${model.name} has nothing to train: it is evaluated as it is`);
    return withoutTraining(model, dataset, options);
  }
  const started = performance.now();
  const sampler = createSampler(dataset.interactions.train, options, seed, dataset);
  if (sampler.usersWithoutNegatives > 0) {
    notice(`${sampler.usersWithoutNegatives} users have every candidate item and are left out of sampling`);
  }
  const validated = isValidated(dataset, options);
  if (!validated) {
    const why = options.validateEvery === 0 ? "validateEvery=0" : "no validation interactions";
    notice(`${why}: all ${options.epochs} epochs are trained and the last is kept`);
  }

  const checkpoints = openCheckpoints({
    folder: request.checkpointFolder,
    resume: request.resume === true,
    identity: {
      model: model.name,
      dataset: dataset.fingerprint,
      seed,
      engine: `${engine.name} ${engine.precision}`,
      options: { ...options },
    },
    parameters: model.parameters,
    onSaved: (epoch) => onEvent({ kind: "checkpoint", epoch }),
  });
  const { loaded } = checkpoints;
  const breather = createBreather();
  const timeLeft = createTimeLeft(options.epochs, validated ? options.validateEvery : 0);
  const best = createBestParameters(model.parameters);
  const history: EpochRecord[] = [...(loaded?.history ?? [])];
  let selection = loaded?.selection ?? noSelection;
  let interrupted = false;
  if (loaded?.best !== undefined) best.adopt(loaded.best);
  if (loaded !== undefined) {
    notice(`continuing after ${history.length} epochs`);
    onEvent({ kind: "resumed", history: loaded.history });
  }

  const secondsSoFar = (): number => (loaded?.seconds ?? 0) + secondsSince(started);
  const progress = (): TrainingProgress => ({ history, selection, best: best.values(), seconds: secondsSoFar() });
  const isOver = (): boolean => history.length >= options.epochs || isExhausted(selection, options.patience);

  const runEpoch = async (epoch: number): Promise<void> => {
    const losses = await trainEpoch({ model, sampler, options, seed, epoch, breather, onEvent });
    const validatesNow = validated && epoch % options.validateEvery === 0;
    const validationStarted = performance.now();
    const validation = validatesNow ? await validate(model, dataset, options, breather) : undefined;
    if (validation !== undefined) {
      selection = select(selection, epoch, validation[options.validateBy] ?? 0);
      if (selection.bestEpoch === epoch) best.take();
    }
    timeLeft.record(losses.seconds, validatesNow ? secondsSince(validationStarted) : undefined);
    const record: EpochRecord = {
      epoch,
      loss: losses.ranking + losses.regularisation,
      rankingLoss: losses.ranking,
      regularisationLoss: losses.regularisation,
      learningRate: losses.learningRate,
      seconds: losses.seconds,
      validation,
      modalityWeights: model.modalityWeights(),
    };
    history.push(record);
    onEvent({ kind: "epoch", record, best: bestOf(selection), secondsLeft: timeLeft.after(epoch) });
  };

  const announceStop = (): void => notice(`stopping: epoch ${history.length} is finished first`);
  signal?.addEventListener("abort", announceStop, { once: true });
  try {
    while (!isOver() && !interrupted) {
      if (signal?.aborted) interrupted = true;
      else {
        await runEpoch(history.length);
        checkpoints.saveIfDue(progress);
        await breather.turn();
      }
    }
  } finally {
    signal?.removeEventListener("abort", announceStop);
  }
  checkpoints.save(progress());
  if (isExhausted(selection, options.patience)) {
    notice(
      `stopped early: no new best in ${selection.withoutBest} validations; the best is epoch ${selection.bestEpoch}`,
    );
  }

  best.restore();
  const bestEpoch = selection.bestEpoch < 0 ? history.length - 1 : selection.bestEpoch;
  return {
    history,
    epochs: history.length,
    bestEpoch,
    validation: history[bestEpoch]?.validation ?? {},
    seconds: {
      total: secondsSoFar(),
      perEpoch: history.reduce((sum, record) => sum + record.seconds, 0) / Math.max(1, history.length),
      graph: model.graphSeconds,
    },
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    interrupted,
  };
}
