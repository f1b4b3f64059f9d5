import { expect, test } from "vitest";
import { deservesLine, epochLine, progressLine } from "./progress.ts";

const state = {
  epochs: 200,
  validateBy: "recall@20",
  epoch: 50,
  share: 0.5,
  loss: 11.75561,
  validation: 0.08123,
  best: { epoch: 45, value: 0.0834 },
  stepsPerSecond: 43.21,
  secondsLeft: 200,
};

test("the live line tells epoch, loss, validation figure, rate and time left", () => {
  const line = progressLine(state, 200);
  expect(line).toBe(
    "epoch 50/200 █████░░░░░░░░░░░░░░░  loss 11.7556  recall@20 0.0812 (best 0.0834 at 45)  43.2 steps/s  ≤ 3 min 20 s left",
  );
});

test("the live line never wraps: parts are left out, and at last it is cut", () => {
  expect(progressLine(state, 105)).toMatch(/\(best 0\.0834 at 45\) {2}≤ 3 min 20 s left$/);
  expect(progressLine(state, 90)).toMatch(/\(best 0\.0834 at 45\)$/);
  expect(progressLine(state, 60)).toMatch(/░ {2}loss 11\.7556$/);
  expect(progressLine(state, 40)).toMatch(/^epoch 50\/200 █+░+$/);
  expect(progressLine(state, 20)).toHaveLength(19);
});

test("before the first epoch ends there is neither loss nor figure", () => {
  expect(progressLine({ epochs: 10, validateBy: "recall@20", epoch: 0, share: 0 }, 80)).toBe(
    `epoch 0/10 ${"░".repeat(20)}`,
  );
});

test("the plain line of an epoch", () => {
  const record = {
    epoch: 50,
    loss: 11.75561,
    rankingLoss: 11.7,
    regularisationLoss: 0.05,
    learningRate: 5e-4,
    seconds: 1.234,
  };
  expect(epochLine(record, state)).toBe(
    "epoch 50  loss 11.7556  recall@20 0.0812 (best 0.0834 at 45)  1.2 s an epoch  ≤ 3 min 20 s left",
  );
});

test("plain lines are for validated epochs, and for every fifth where nothing is validated", () => {
  const record = { loss: 1, rankingLoss: 1, regularisationLoss: 0, learningRate: 1, seconds: 1 };
  const { validation: _, best: __, ...silent } = state;
  const epochs = Array.from({ length: 11 }, (___, epoch) => ({ ...record, epoch }));
  expect(epochs.filter((epoch) => deservesLine(epoch, silent)).map(({ epoch }) => epoch)).toEqual([0, 5, 10]);
  expect(epochs.filter((epoch) => deservesLine(epoch, state))).toEqual([]);
  expect(deservesLine({ ...record, epoch: 3, validation: { "recall@20": 0.1 } }, state)).toBe(true);
});
