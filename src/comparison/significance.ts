/**
 * Contenders tested against the reference: for each figure the differences a user, paired, by Wilcoxon's signed-rank test, Holm-corrected over the
 * contenders; with bootstrap intervals of every contender's mean and of the mean difference, all from the same draws of users.
 */
import type { ContenderResult } from "./comparison-format.ts";
import type { Measured } from "./measure.ts";
import { type BootstrapOptions, bootstrapIntervals } from "./statistics/bootstrap.ts";
import { holm } from "./statistics/holm.ts";
import { signedRank } from "./statistics/signed-rank.ts";
import { meanOf } from "./statistics/spread.ts";

/** Differences below are rounding of the means over seeds, not differences. */
const nothing = 1e-12;

function differencesOf(values: Float64Array, reference: Float64Array): Float64Array {
  return values.map((value, row) => {
    const difference = value - reference[row];
    return Math.abs(difference) < nothing ? 0 : difference;
  });
}

/** Rounded so that equal sizes that were reached by different sums tie. */
const forRanking = (differences: Float64Array): Float64Array =>
  differences.map((difference) => Math.round(difference / nothing));

/** @returns the contenders in the order given */
export function testAgainst(
  reference: string,
  measured: readonly Measured[],
  figures: readonly string[],
  bootstrap: BootstrapOptions,
): ContenderResult[] {
  const base = measured.find(({ result }) => result.name === reference);
  const results = measured.map(({ result }): ContenderResult => ({ ...result, intervals: {}, significance: {} }));
  for (const figure of figures) {
    const values = measured.map(({ perUser }) => perUser.get(figure) ?? new Float64Array(0));
    const baseValues = base?.perUser.get(figure) ?? new Float64Array(0);
    const differences = values.map((own) => differencesOf(own, baseValues));
    const intervals = bootstrapIntervals([...values, ...differences], bootstrap);
    const others = measured.flatMap(({ result }, index) => (result.name === reference ? [] : [index]));
    const tests = others.map((index) => signedRank(forRanking(differences[index] ?? new Float64Array(0))));
    const corrected = holm(tests.map(({ p }) => p));
    results.forEach((result, index) => {
      result.intervals[figure] = [...(intervals[index] ?? [0, 0])];
      const place = others.indexOf(index);
      const test = tests[place];
      if (test === undefined) return;
      result.significance[figure] = {
        difference: meanOf(differences[index] ?? []),
        interval: [...(intervals[values.length + index] ?? [0, 0])],
        users: test.count,
        zeros: test.zeros,
        method: test.method,
        p: test.p,
        corrected: corrected[place] ?? 1,
      };
    });
  }
  return results;
}
