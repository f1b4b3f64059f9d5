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
