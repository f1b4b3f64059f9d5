/**
 * The median rule (Golovin et al. 2017) on validation curves: a trial is stopped at an epoch where its best value so far is below the median of what the
 * trials before it had reached by that epoch. A trial that had ended by then counts with its best. The medians are known before the trial
 * starts, because only trials that had to be done by then count: the outcome does not depend on how many run at a time, or where.
 */
import { scoreOf, type Threshold, type TrialRecord } from "./trial.ts";

/** Trials that must have been measured before one is stopped. */
const fewestPeers = 5;
/** Validations of a trial before it may be stopped: the first ones say little. */
const validationsOfGrace = 3;

export type Curve = readonly (readonly [epoch: number, value: number])[];

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (lower + upper) / 2;
}

const bestBy = (curve: Curve, epoch: number): number =>
  curve.reduce((best, [at, value]) => (at <= epoch && value > best ? value : best), Number.NEGATIVE_INFINITY);

/** The medians by epoch, where they change; none where too few trials were measured. */
export function medianThresholds(peers: readonly TrialRecord[]): Threshold[] {
  const curves = peers.flatMap((peer): Curve[] =>
    peer.outcome.status === "failed" || scoreOf(peer) === Number.NEGATIVE_INFINITY ? [] : [peer.outcome.curve],
  );
  if (curves.length < fewestPeers) return [];
  const epochs = [...new Set(curves.flatMap((curve) => curve.map(([epoch]) => epoch)))].sort((a, b) => a - b);
  const thresholds: Threshold[] = [];
  for (const epoch of epochs) {
    const value = median(curves.map((curve) => bestBy(curve, epoch)));
    if (Number.isFinite(value) && value !== thresholds.at(-1)?.value) thresholds.push({ epoch, value });
  }
  return thresholds;
}

/** How many points of a curve there are when the rule has spoken; undefined where it does not. */
export function stoppedAfter(curve: Curve, thresholds: readonly Threshold[]): number | undefined {
  let best = Number.NEGATIVE_INFINITY;
  for (const [index, [epoch, value]] of curve.entries()) {
    best = Math.max(best, value);
    const threshold = thresholds.findLast((one) => one.epoch <= epoch);
    if (index >= validationsOfGrace && threshold !== undefined && best < threshold.value) return index + 1;
  }
  return undefined;
}
