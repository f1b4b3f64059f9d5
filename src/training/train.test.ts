/** The loop on a small problem: it learns, selects by validation, stops in time, tells what it does, and repeats. */
import { describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { RunError } from "../errors.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import type { Model } from "../models/model.ts";
import { power } from "../tensor/elementary.ts";
import { isExhausted, noSelection, select } from "./early-stopping.ts";
import type { TrainingEvent } from "./events.ts";
import { learningRateAt } from "./schedule.ts";
import { smallDataset, smallModel, smallOptions } from "./small-problem.fixture.ts";
import { createTimeLeft } from "./time-left.ts";
import { train } from "./train.ts";

const bytesOf = (model: Model): number[][] => model.parameters.map((parameter) => [...parameter.value.data]);

function problem(withValidation = true) {
  const engine = createReferenceEngine("float32");
  const dataset = smallDataset(withValidation);
  return { engine, dataset, model: smallModel(engine, dataset, 3) };
}

const figureNow = (
  engine: Engine,
  model: Model,
  dataset: ReturnType<typeof smallDataset>,
  split: "validation" | "test",
) =>
  evaluate({
    engine,
    embeddings: model.finalEmbeddings(),
    interactions: dataset.interactions,
    split,
    cutoffs: [10, 20],
  });

describe("train", () => {
  it("learns what is there to learn", async () => {
    const { engine, dataset, model } = problem();
    const before = figureNow(engine, model, dataset, "test")["recall@10"];
    const result = await train({ engine, model, dataset, options: smallOptions({ epochs: 30 }), seed: 1 });
    expect(figureNow(engine, model, dataset, "test")["recall@10"]).toBeGreaterThan(Math.max(0.6, before + 0.2));
    const losses = result.history.map((record) => record.loss);
    expect(losses[losses.length - 1]).toBeLessThan(losses[0] * 0.7);
    for (const record of result.history) expect(record.loss).toBe(record.rankingLoss + record.regularisationLoss);
  });

  it("leaves the parameters of the best validated epoch", async () => {
    const { engine, dataset, model } = problem();
    const result = await train({ engine, model, dataset, options: smallOptions({ epochs: 25, patience: 3 }), seed: 2 });
    const validated = result.history.filter((record) => record.validation !== undefined);
    expect(validated.map((record) => record.epoch % 2)).toEqual(validated.map(() => 0));
    const best = Math.max(...validated.map((record) => record.validation?.["recall@10"] ?? 0));
    expect(result.validation["recall@10"]).toBe(best);
    expect(result.bestEpoch).toBe(validated.find((record) => record.validation?.["recall@10"] === best)?.epoch);
    expect(figureNow(engine, model, dataset, "validation")).toEqual(result.validation);
  });

  it("repeats to the byte from the seed, and differs with another", async () => {
    const weights: number[][][] = [];
    for (const seed of [5, 5, 6]) {
      const { engine, dataset, model } = problem();
      await train({ engine, model, dataset, options: smallOptions({ epochs: 3 }), seed });
      weights.push(bytesOf(model));
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).not.toEqual(weights[0]);
  });

  it("stops at validation number patience + 1 without a new best", async () => {
    const { engine, dataset, model } = problem();
    const options = smallOptions({ epochs: 500, patience: 2, validateEvery: 1 });
    const result = await train({ engine, model, dataset, options, seed: 2 });
    expect(result.epochs).toBe(result.bestEpoch + 4);
    expect(result.interrupted).toBe(false);
  });

  it("keeps the last epoch where nothing is held out for validation", async () => {
    const { engine, dataset, model } = problem(false);
    const events: TrainingEvent[] = [];
    const options = smallOptions({ epochs: 4 });
    const result = await train({ engine, model, dataset, options, seed: 1, onEvent: (event) => events.push(event) });
    expect([result.epochs, result.bestEpoch, result.validation]).toEqual([4, 3, {}]);
    expect(events).toContainEqual({
      kind: "notice",
      message: "no validation interactions: all 4 epochs are trained and the last is kept",
    });
  });

  it("tells each epoch and an upper bound of the time left", async () => {
    const { engine, dataset, model } = problem();
    const events: TrainingEvent[] = [];
    const options = smallOptions({ epochs: 5 });
    await train({ engine, model, dataset, options, seed: 1, onEvent: (event) => events.push(event) });
    const epochs = events.flatMap((event) => (event.kind === "epoch" ? [event] : []));
    expect(epochs.map((event) => event.record.epoch)).toEqual([0, 1, 2, 3, 4]);
    expect(epochs[0].secondsLeft).toBeGreaterThan(0);
    expect(epochs[4].secondsLeft).toBe(0);
    expect(epochs[3].best?.value).toBeGreaterThan(0);
  });

  it("finishes the epoch and says so when it is interrupted", async () => {
    const { engine, dataset, model } = problem();
    const controller = new AbortController();
    const messages: string[] = [];
    const result = await train({
      engine,
      model,
      dataset,
      options: smallOptions(),
      seed: 1,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind === "epoch" && event.record.epoch === 3) controller.abort();
        if (event.kind === "notice") messages.push(event.message);
      },
    });
    expect([result.epochs, result.interrupted]).toEqual([4, true]);
    expect(messages.length).toBe(1);
  });

  it("stops with the epoch, the step and a remedy when the loss is no longer finite", async () => {
    const { engine, dataset, model } = problem();
    model.parameters[0].value.data[0] = Number.NaN;
    const training = train({ engine, model, dataset, options: smallOptions(), seed: 1 });
    await expect(training).rejects.toThrow(RunError);
    await expect(training).rejects.toThrow(/epoch 0 step \d+: the loss is NaN.*smaller learningRate \(now 0\.05\)/);
  });
});

describe("early stopping", () => {
  it("counts validations in a row without a new best; equal is not better", () => {
    let state = noSelection;
    [0.1, 0.3, 0.3, 0.2].forEach((value, epoch) => {
      state = select(state, epoch, value);
    });
    expect(state).toEqual({ bestEpoch: 1, bestValue: 0.3, withoutBest: 2 });
    expect(isExhausted(state, 2)).toBe(false);
    expect(isExhausted(select(state, 4, 0.1), 2)).toBe(true);
  });
});

describe("schedule", () => {
  it("decays by the factor over the given number of epochs", () => {
    const options = { learningRate: 0.01, learningRateDecay: { factor: 0.96, epochs: 50 } };
    expect(learningRateAt(options, 0)).toBe(0.01);
    expect(learningRateAt(options, 50)).toBeCloseTo(0.0096, 15);
    expect(learningRateAt(options, 1)).toBe(0.01 * power(0.96, 0.02));
  });
});

describe("time left", () => {
  it("counts the epochs and validations to come", () => {
    const timeLeft = createTimeLeft(10, 5);
    timeLeft.record(2, 1);
    expect(timeLeft.after(0)).toBe(9 * 2 + 1);
    timeLeft.record(4, undefined);
    expect(timeLeft.after(1)).toBe(8 * 3 + 1);
    expect(timeLeft.after(5)).toBe(4 * 3);
    expect(timeLeft.after(9)).toBe(0);
  });
});
