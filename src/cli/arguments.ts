/** Parsers of single command-line values. A value that cannot be is wrong usage (exit code 2), said by the parser of options. */
import { InvalidArgumentError } from "commander";

/** A parser of whole numbers from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`"${text}" is not a whole number from ${least} up.`);
    }
    return value;
  };
}

/** A parser of decimal numbers from `least` to `most`. */
export function decimal(least: number, most = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    const range = Number.isFinite(most) ? `from ${least} to ${most}` : `from ${least} up`;
    throw new InvalidArgumentError(`"${text}" is not a number ${range}.`);
  };
}

/** `10,20` → [10, 20], ascending and distinct. */
export function cutoffList(text: string): readonly number[] {
  const cutoffs = text.split(",").map((part) => wholeNumber(1)(part.trim()));
  return [...new Set(cutoffs)].sort((a, b) => a - b);
}

/** Collects the values of an option that may be given several times, with commas inside: `--user 3,5 --user 8`. */
export function idList(text: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...text
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== ""),
  ];
}

/** Collects the values of an option that may be given several times, as they are: names may hold commas. */
export function nameList(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}
