/** What a trial comes to, judged by its whole history: however often it was stopped and taken up again, it ends at the same epoch with the same figures. */
import type { EpochRecord, TrainingResult } from "../training/events.ts";
import { type Curve, stoppedAfter } from "./median-rule.ts";
import type { MeasuredOutcome, TrialTask } from "./trial.ts";

/** Its curve up to the end of the rung, and how many points of it there are when the median rule has spoken. */
function judge(history: readonly EpochRecord[], { options, epochs, thresholds }: TrialTask) {
  const curve = history.slice(0, epochs).flatMap(({ epoch, validation }): Curve => {
    const value = validation?.[options.validateBy];
    return value === undefined ? [] : [[epoch, value]];
  });
  return { curve, stopped: stoppedAfter(curve, thresholds) };
}

/** Whether nothing that comes after these epochs changes the outcome. */
export const isDecided = (history: readonly EpochRecord[], task: TrialTask): boolean =>
  history.length >= task.epochs || judge(history, task).stopped !== undefined;

/** What counts of a training: its curve up to the end of the rung, or to where the median rule stops it, however far it really ran. */
export function outcomeOf(result: TrainingResult, task: TrialTask): MeasuredOutcome {
  const untrained = result.validation[task.options.validateBy];
  const { curve, stopped } =
    result.history.length === 0 && untrained !== undefined
      ? { curve: [[0, untrained]] satisfies Curve, stopped: undefined }
      : judge(result.history, task);
  const counted = curve.slice(0, stopped);
  const [bestEpoch, best] = counted.reduce((best, point) => (point[1] > best[1] ? point : best), counted[0] ?? [0, 0]);
  return {
    status: stopped === undefined ? "finished" : "stopped",
    curve: counted.map(([epoch, value]) => [epoch, value]),
    best,
    bestEpoch,
    epochs: stopped === undefined ? Math.min(result.epochs, task.epochs) : (counted.at(-1)?.[0] ?? 0) + 1,
    validation: result.history[bestEpoch]?.validation ?? result.validation,
    seconds: result.seconds.total + result.seconds.graph,
    peakMemoryBytes: result.peakMemoryBytes,
  };
}
