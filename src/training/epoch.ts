/** One epoch of training: for each batch the loss, its gradient and Adam's update, all temporaries within one engine step. */
import { RunError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { updateParameters } from "../tensor/adam.ts";
import { randomKey } from "../tensor/random.ts";
import { Tape } from "../tensor/tape.ts";
import type { Breather } from "./breather.ts";
import type { TrainingOptions } from "./configuration.ts";
import type { TrainingEvent } from "./events.ts";
import type { Sampler } from "./samplers.ts";
import { learningRateAt } from "./schedule.ts";

export interface EpochRequest {
  readonly model: Model;
  readonly sampler: Sampler;
  readonly options: TrainingOptions;
  readonly seed: number;
  readonly epoch: number;
  readonly breather: Breather;
  readonly onEvent: (event: TrainingEvent) => void;
}

/** Sums of the batch losses over the epoch. */
export interface EpochLosses {
  readonly ranking: number;
  readonly regularisation: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** @throws RunError when the loss is no longer a finite number */
export async function trainEpoch(request: EpochRequest): Promise<EpochLosses> {
  const { model, sampler, options, seed, epoch, breather, onEvent } = request;
  const { engine } = model;
  const started = performance.now();
  const learningRate = learningRateAt(options, epoch);
  const lossOptions = { regularisation: options.regularisation, batchSize: options.batchSize };
  let ranking = 0;
  let regularisation = 0;
  let step = 0;
  for (const batch of sampler.batches(epoch)) {
    const context = { epoch, step, dropoutKey: randomKey(seed, `dropout/${epoch}/${step}`) };
    const loss = engine.step(() => {
      const batchLoss = model.loss(new Tape(engine), batch, context, lossOptions);
      updateParameters(engine, model.parameters, learningRate);
      return batchLoss;
    });
    ranking += loss.ranking;
    regularisation += loss.regularisation;
    if (!Number.isFinite(loss.ranking + loss.regularisation)) {
      throw new RunError(
        `epoch ${epoch} step ${step}: the loss is ${loss.ranking + loss.regularisation}, no longer a finite number; ` +
          `try a smaller learningRate (now ${options.learningRate}) and look for extreme feature values with inspect`,
      );
    }
    step += 1;
    if (breather.isDue()) {
      const seconds = (performance.now() - started) / 1000;
      onEvent({
        kind: "step",
        epoch,
        step,
        steps: sampler.steps,
        loss: ranking + regularisation,
        stepsPerSecond: step / seconds,
      });
      await breather.turn();
    }
  }
  return { ranking, regularisation, learningRate, seconds: (performance.now() - started) / 1000 };
}
