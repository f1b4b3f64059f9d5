/**
 * One thing a sweep varies: a list of values, or a range of numbers. A range is searched on the unit interval, u in [0, 1], where equal lengths are
 * equally likely: value = min + u (max − min) on a linear scale, ln value = ln min + u (ln max − ln min) on a logarithmic one. A range
 * of integers has half a step more on both sides, so that its ends are as likely as what lies between.
 */
import type { z } from "zod";
import { exponential, logarithm } from "../tensor/elementary.ts";

/** What a setting may be: anything JSON can say. */
export type SettingValue = z.output<ReturnType<typeof z.json>>;

export interface Choice {
  readonly kind: "choice";
  /** An option key, `model` or `backbone`. */
  readonly key: string;
  /** Distinct; at least one. */
  readonly values: readonly SettingValue[];
}

export interface Range {
  readonly kind: "range";
  readonly key: string;
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  readonly integer: boolean;
  /** Values that a grid takes of it. */
  readonly steps: number;
}

export type Dimension = Choice | Range;

/** Enough digits to tell values apart, few enough to read and to write them again. */
const significantDigits = 6;

function limits({ min, max, integer, scale }: Range): readonly [number, number] {
  const [low, high] = integer ? [min - 0.5, max + 0.5] : [min, max];
  return scale === "log" ? [logarithm(low), logarithm(high)] : [low, high];
}

/** @param u in [0, 1] */
export function valueAt(range: Range, u: number): number {
  const [low, high] = limits(range);
  const position = low + u * (high - low);
  const value = range.scale === "log" ? exponential(position) : position;
  const rounded = range.integer ? Math.round(value) : Number(value.toPrecision(significantDigits));
  return Math.min(range.max, Math.max(range.min, rounded));
}

/** The inverse, within rounding. */
export function unitOf(range: Range, value: number): number {
  const [low, high] = limits(range);
  if (high === low) return 0.5;
  const position = range.scale === "log" ? logarithm(value) : value;
  return Math.min(1, Math.max(0, (position - low) / (high - low)));
}

/** The values a grid takes: all of a list; of a range `steps`, evenly spaced on its scale with both ends, distinct. */
export function gridValues(dimension: Dimension): readonly SettingValue[] {
  if (dimension.kind === "choice") return dimension.values;
  const { min, max, steps, scale, integer } = dimension;
  if (steps === 1 || min === max) return [min];
  const [low, high] = scale === "log" ? [logarithm(min), logarithm(max)] : [min, max];
  const values = Array.from({ length: steps }, (_, step) => {
    if (step === 0) return min;
    if (step === steps - 1) return max;
    const position = low + (step / (steps - 1)) * (high - low);
    const value = scale === "log" ? exponential(position) : position;
    return integer ? Math.round(value) : Number(value.toPrecision(significantDigits));
  });
  return [...new Set(values)];
}
