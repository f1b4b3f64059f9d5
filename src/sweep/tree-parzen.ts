/**
 * Tree-structured Parzen estimator (Bergstra et al. 2011). The trials known so far are parted at a quantile γ of their values into good and other ones;
 * with l(x) the density of the good settings and g(x) that of the others, expected improvement grows with l(x)/g(x): candidates are drawn from l,
 * and that with the largest ratio is tried. Keys are independent, so each takes its own best candidate. A range's density is a mixture of
 * normals cut to the unit interval, one at each setting known and one of the prior (mean ½, width 1); the width of a normal is the larger
 * distance to its neighbours, within bounds. A list's density is its counts with one more for each value.
 */
import { exponential, logarithm } from "../tensor/elementary.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { type Dimension, type Range, type SettingValue, unitOf, valueAt } from "./dimension.ts";
import { firstNew, randomSetting } from "./random-search.ts";
import type { Suggest } from "./search.ts";
import type { Setting } from "./setting.ts";
import type { Space } from "./space.ts";
import { scoreOf, type TrialRecord } from "./trial.ts";

/** Share of the trials that are good, γ, as published. */
const goodShare = 0.15;
/** Few, because the best of many would be the same value again and again. */
const candidates = 8;
/** Draws of a setting that equal earlier ones before chance looks elsewhere. */
const estimatedDraws = 24;
/** Known before the estimator has something to estimate from. */
const randomStart = 10;

/** How many trials are drawn at random: as many as it takes until one knows enough others, of which it knows those `lag` before it. */
export const randomTrials = (lag: number): number => randomStart - 1 + lag;

interface Normal {
  readonly mean: number;
  readonly width: number;
}

function normalsOf(points: readonly number[]): Normal[] {
  const sorted = points.toSorted((a, b) => a - b);
  const narrowest = 1 / Math.min(100, sorted.length + 2);
  const normals = sorted.map((mean, index): Normal => {
    const width = Math.max(mean - (sorted[index - 1] ?? 0), (sorted[index + 1] ?? 1) - mean);
    return { mean, width: Math.min(1, Math.max(narrowest, width)) };
  });
  return [...normals, { mean: 0.5, width: 1 }];
}

const density = ({ mean, width }: Normal, u: number): number => {
  const z = (u - mean) / width;
  return exponential(-0.5 * z * z) / width;
};

/** The part of a normal's mass within the unit interval, by Simpson's rule. */
function massWithin(normal: Normal): number {
  const halves = 32;
  let sum = density(normal, 0) + density(normal, 1);
  for (let step = 1; step < 2 * halves; step++) sum += (step % 2 === 1 ? 4 : 2) * density(normal, step / (2 * halves));
  return sum / (6 * halves);
}

function mixture(points: readonly number[]): (u: number) => number {
  const normals = normalsOf(points).map((normal) => ({ normal, mass: massWithin(normal) }));
  return (u) => normals.reduce((sum, { normal, mass }) => sum + density(normal, u) / mass, 0) / normals.length;
}

/** Standard normal from twelve uniform numbers less six: near enough for proposals, and exact arithmetic. */
function standardNormal(random: Random): number {
  let sum = -6;
  for (let n = 0; n < 12; n++) sum += random.uniform();
  return sum;
}

function drawFrom(normals: readonly Normal[], random: Random): number {
  for (;;) {
    const { mean, width } = normals[random.below(normals.length)] ?? { mean: 0.5, width: 1 };
    const u = mean + width * standardNormal(random);
    if (u >= 0 && u <= 1) return u;
  }
}

function bestCandidate(draw: () => number, ratio: (candidate: number) => number): number {
  let best = draw();
  let largest = ratio(best);
  for (let n = 1; n < candidates; n++) {
    const candidate = draw();
    const value = ratio(candidate);
    if (value <= largest) continue;
    best = candidate;
    largest = value;
  }
  return best;
}

function suggestRange(range: Range, good: readonly number[], other: readonly number[], random: Random): number {
  const units = (values: readonly number[]): number[] => values.map((value) => unitOf(range, value));
  const normals = normalsOf(units(good));
  const l = mixture(units(good));
  const g = mixture(units(other));
  const u = bestCandidate(
    () => drawFrom(normals, random),
    (candidate) => logarithm(l(candidate)) - logarithm(g(candidate)),
  );
  return valueAt(range, u);
}

function suggestChoice(
  values: readonly SettingValue[],
  good: readonly SettingValue[],
  other: readonly SettingValue[],
  random: Random,
): SettingValue {
  const shares = (seen: readonly SettingValue[]): number[] => {
    const keys = seen.map((value) => JSON.stringify(value));
    return values.map(
      (value) => (1 + keys.filter((key) => key === JSON.stringify(value)).length) / (keys.length + values.length),
    );
  };
  const l = shares(good);
  const g = shares(other);
  const drawIndex = (): number => {
    let rest = random.uniform();
    const index = l.findIndex((share) => {
      rest -= share;
      return rest < 0;
    });
    return index < 0 ? values.length - 1 : index;
  };
  return values[bestCandidate(drawIndex, (index) => (l[index] ?? 0) / (g[index] ?? 1))] ?? null;
}

const isNumber = (value: unknown): value is number => typeof value === "number";

function suggestValue(
  dimension: Dimension,
  good: readonly TrialRecord[],
  other: readonly TrialRecord[],
  random: Random,
): SettingValue {
  const values = (records: readonly TrialRecord[]): SettingValue[] =>
    records.map(({ setting }) => setting[dimension.key] ?? null);
  if (dimension.kind === "choice") return suggestChoice(dimension.values, values(good), values(other), random);
  return suggestRange(dimension, values(good).filter(isNumber), values(other).filter(isNumber), random);
}

/** @param isNew whether a setting trains something that none before it does */
export function suggestByTreeParzen(
  space: Space,
  seed: number,
  isNew: (setting: Setting, earlier: readonly Setting[]) => boolean,
): Suggest {
  return (trial, known, earlier) => {
    const random = createRandom(seed, `sweep/${trial}`);
    const sorted = known.toSorted((a, b) => {
      const [better, worse] = [scoreOf(b), scoreOf(a)];
      return better === worse ? a.trial - b.trial : better - worse;
    });
    const goodCount = Math.ceil(goodShare * sorted.length);
    const good = sorted.slice(0, goodCount);
    const other = sorted.slice(goodCount);
    const propose = (attempt: number): Setting => {
      if (known.length < randomStart || attempt >= estimatedDraws) return randomSetting(space, random);
      return Object.fromEntries(
        space.dimensions.map((dimension) => [dimension.key, suggestValue(dimension, good, other, random)]),
      );
    };
    return firstNew(propose, (setting) => isNew(setting, earlier));
  };
}
