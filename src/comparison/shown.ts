/** How a comparison's numbers read: figures with their spread, p-values, the best first. */
import type { Comparison, ContenderResult } from "./comparison-format.ts";
import type { Spread } from "./statistics/spread.ts";

/** `0.0841 ± 0.0004`. */
export function spreadText({ mean, deviation }: Spread, digits = 4): string {
  return deviation === undefined ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

/** `0.032`, `< 0.001`. */
export function probabilityText(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** `+12.3%`, `−4.0%`. */
export function percentText(share: number): string {
  const text = `${Math.abs(100 * share).toFixed(1)}%`;
  return share < 0 && text !== "0.0%" ? `−${text}` : `+${text}`;
}

/** Below this corrected p-value a difference is told as one. */
export const level = 0.05;

export type Verdict = "reference" | "better" | "worse" | "no difference shown";

export function verdictOf({ reference }: Comparison, contender: ContenderResult, figure: string): Verdict {
  if (contender.name === reference.name) return "reference";
  const test = contender.significance[figure];
  if (test === undefined || test.corrected >= level) return "no difference shown";
  return test.difference > 0 ? "better" : "worse";
}

/** By the mean of the figure that selects, on the test set, the best first. */
export function bestFirst({ contenders, protocol }: Comparison): readonly ContenderResult[] {
  const figureOf = ({ test }: ContenderResult): number => test[protocol.validateBy]?.mean ?? 0;
  return contenders.toSorted((a, b) => figureOf(b) - figureOf(a));
}

/** `1–3`, `4`. */
export function rangeText({ from, to }: { readonly from: number; readonly to: number }): string {
  return from === to ? String(from) : `${from}–${to}`;
}
