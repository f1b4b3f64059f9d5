/** How a trial ends: by its rung, by the median rule, and the same way whether or not it was stopped in between. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { writeDataset } from "../data/index.ts";
import { temporaryFolder } from "../runs/folder.fixture.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";
import type { EpochRecord } from "../training/events.ts";
import { trainTrial } from "./train-trial.ts";
import type { Threshold, TrialTask } from "./trial.ts";
import { isDecided, outcomeOf } from "./trial-outcome.ts";

const taskWith = (thresholds: readonly Threshold[], epochs: number, more: object = {}): TrialTask => ({
  trial: 7,
  rung: 0,
  model: "lightgcn",
  options: trainingOptionsSchema.parse({ ...smallOptions, validateBy: "recall@20", epochs, ...more }),
  seed: 1,
  epochs,
  thresholds: [...thresholds],
});

const historyOf = (valueAt: (epoch: number) => number, epochs: number): EpochRecord[] =>
  Array.from({ length: epochs }, (_, epoch) => {
    const validation = epoch % 5 === 0 ? { validation: { "recall@20": valueAt(epoch) } } : {};
    return { epoch, loss: 1, rankingLoss: 1, regularisationLoss: 0, learningRate: 1e-3, seconds: 1, ...validation };
  });

const resultOf = (history: readonly EpochRecord[]) => ({
  history,
  epochs: history.length,
  bestEpoch: 0,
  validation: {},
  seconds: { total: 1, perEpoch: 1, graph: 0 },
  peakMemoryBytes: 1,
  interrupted: false,
});

describe("a trial's end", () => {
  /** Validated every five epochs: just above the median of .084 at first, its best so far at 55, then below the median until it has a new best at 90. */
  const valueAt = (epoch: number): number =>
    epoch === 90 ? 0.085 : epoch === 55 ? 0.0845 : epoch < 55 ? 0.0841 : 0.08;
  const task = taskWith([{ epoch: 50, value: 0.084 }], 101);
  const history = historyOf(valueAt, 101);

  it("is decided by all that it was, not by what came since it was taken up again", () => {
    for (let epochs = 1; epochs < 101; epochs++)
      expect(isDecided(history.slice(0, epochs), task), `${epochs}`).toBe(false);
    expect(isDecided(history.slice(60, 80), task)).toBe(true);
    expect(isDecided(history, task)).toBe(true);
    const outcome = outcomeOf(resultOf(history), task);
    expect(outcome).toMatchObject({ status: "finished", best: 0.085, bestEpoch: 90, epochs: 101 });
    expect(outcome.curve).toHaveLength(21);
  });

  it("comes where its best falls below the median, and with the rung", () => {
    const harder = taskWith([{ epoch: 50, value: 0.0849 }], 101);
    expect(isDecided(history.slice(0, 50), harder)).toBe(false);
    expect(isDecided(history.slice(0, 51), harder)).toBe(true);
    expect(outcomeOf(resultOf(history.slice(0, 51)), harder)).toMatchObject({ status: "stopped", epochs: 51 });
    expect(isDecided(history.slice(0, 30), { ...task, epochs: 30 })).toBe(true);
  });
});

describe("a trial that is stopped and goes on", () => {
  const place = () => {
    const root = temporaryFolder();
    const dataset = path.join(root, "dataset");
    writeDataset(dataset, smallDataset());
    return { dataset, threads: 1, checkpoints: path.join(root, "checkpoints") };
  };
  // A rate so large that its best comes early.
  const overfitting = { validateBy: "recall@5", validateEvery: 1, learningRate: 0.03, patience: 1000 };
  const never = new AbortController().signal;
  const untimed = (outcome: Awaited<ReturnType<typeof trainTrial>>) => ({ ...outcome, seconds: 0, peakMemoryBytes: 0 });

  it("ends as one that was not stopped, though it is worse than the median since", async () => {
    const kept = place();
    const { checkpoints, ...bare } = kept;
    const free = await trainTrial(taskWith([], 30, overfitting), bare, never, () => undefined);
    const curve = free?.curve ?? [];
    const at = curve.findIndex(([, value]) => value === free?.best);
    const later = curve.slice(at + 1, at + 8);
    expect(later).toHaveLength(7);
    expect(Math.max(...later.map(([, value]) => value))).toBeLessThan(free?.best ?? 0);

    const task = taskWith([{ epoch: at, value: free?.best ?? 0 }], 30, overfitting);
    const whole = await trainTrial(task, bare, never, () => undefined);
    expect(whole?.status).toBe("finished");
    const stop = new AbortController();
    const stopped = await trainTrial(task, kept, stop.signal, ({ epoch }) => {
      if (epoch === at + 1) stop.abort();
    });
    expect(stopped).toBeUndefined();
    expect(untimed(await trainTrial(task, kept, never, () => undefined))).toEqual(untimed(whole));
  });

  it("trains no epoch more where all was decided before it was stopped", async () => {
    const task = taskWith([], 6, overfitting);
    const kept = place();
    const rung = { ...task, epochs: 3 };
    const first = await trainTrial(rung, kept, never, () => undefined);
    const epochs: number[] = [];
    const again = await trainTrial(rung, kept, never, ({ epoch }) => epochs.push(epoch));
    expect(epochs).toEqual([]);
    expect(untimed(again)).toEqual(untimed(first));
  });
});
