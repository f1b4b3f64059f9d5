/** The options of a preparation held against one another and against what the source has, with their defaults. */

import { ConfigError } from "../errors.ts";
import { closest } from "./column-names.ts";
import { type PrepareOptions, type SplitMethod, splitMethods } from "./options.ts";
import type { StagedSource } from "./source.ts";
import type { SplitRequest } from "./splits.ts";
import { largestWeight } from "./weights.ts";

function refuse(option: string, found: unknown, expected: string): never {
  throw new ConfigError(`${option} ${String(found)} cannot be; expected ${expected}`);
}

/** @throws ConfigError with the nearest name for a split that does not exist */
export function checkSplitMethod(name: string): SplitMethod {
  const method = splitMethods.find((one) => one === name);
  if (method !== undefined) return method;
  const suggestion = closest(name, splitMethods);
  throw new ConfigError(
    `--split "${name}" is unknown${suggestion === undefined ? "" : `; did you mean "${suggestion}"?`} There are ${splitMethods.join(", ")}`,
  );
}

/** What can be told before anything is read. @throws ConfigError naming the option, its value and what it can be */
export function checkOptions(options: PrepareOptions): void {
  const { ratio, coldShare, seed, halfLife, since, until, events } = options;
  if (options.method !== undefined) checkSplitMethod(options.method);
  for (const [option, value] of [
    ["--min-user-interactions", options.minimumUserInteractions],
    ["--min-item-interactions", options.minimumItemInteractions],
  ] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1 || value >= 2 ** 31)) {
      refuse(option, value, "a whole number from 1 up");
    }
  }
  for (const [option, value] of [
    ["--minimum-rating", options.minimumRating],
    ["--dislike-rating", options.dislikeRating],
  ] as const) {
    if (value !== undefined && !Number.isFinite(value)) refuse(option, value, "a number");
  }
  if (ratio !== undefined) {
    const sum = ratio.reduce((total, share) => total + share, 0);
    if (ratio.some((share) => !(share >= 0 && share <= 1)) || Math.abs(sum - 1) > 1e-6 || ratio[0] === 0) {
      refuse("--ratio", ratio.join(","), "shares of train, validation and test that add up to 1, e.g. 0.8,0.1,0.1");
    }
  }
  if (coldShare !== undefined && !(coldShare > 0 && coldShare < 1)) {
    refuse("--cold-share", coldShare, "a share between 0 and 1, e.g. 0.2");
  }
  if (seed !== undefined && (!Number.isSafeInteger(seed) || seed < 0))
    refuse("--seed", seed, "a whole number from 0 up");
  if (halfLife !== undefined && !(halfLife >= 1 && Number.isSafeInteger(halfLife))) {
    refuse("--half-life", `${halfLife} ms`, "at least a millisecond, e.g. 90d");
  }
  if (since !== undefined && until !== undefined && since >= until) {
    refuse("--since", `${new Date(since).toISOString()}`, `a time before --until (${new Date(until).toISOString()})`);
  }
  if (events !== undefined) checkEventWeights(events);
}

function checkEventWeights(events: NonNullable<PrepareOptions["events"]>): void {
  const weights = Object.entries(events);
  if (weights.length === 0) refuse("--events", '""', "event names with weights, e.g. view=1,purchase=5");
  for (const [name, weight] of weights) {
    if (weight !== "dislike" && !(weight > 0 && weight <= largestWeight)) {
      refuse(`--events ${name}=`, weight, `a weight above 0 (at most ${largestWeight}), or "dislike"`);
    }
  }
  if (weights.every(([, weight]) => weight === "dislike")) {
    refuse("--events", weights.map(([name]) => `${name}=dislike`).join(","), "at least one event that is no dislike");
  }
}

/** The split with its defaults. @throws ConfigError when an option needs a column that the source does not have */
export function checkAgainstSource(options: PrepareOptions, staged: StagedSource): SplitRequest {
  const method = options.method ?? options.source.usualSplit ?? (staged.hasTimes ? "ratio" : "paper");
  const needsTimes = [
    ...(method === "leave-last-out" || method === "global-time" ? [`--split ${method}`] : []),
    ...(options.since === undefined ? [] : ["--since"]),
    ...(options.until === undefined ? [] : ["--until"]),
    ...(options.halfLife === undefined ? [] : ["--half-life"]),
  ];
  const needs = (wanted: readonly string[], there: boolean, what: string, option: string): void => {
    if (wanted.length === 0 || there) return;
    throw new ConfigError(
      `${wanted.join(", ")} ${wanted.length > 1 ? "need" : "needs"} ${what}, and the interactions have none; name its column with ${option}, or leave ${wanted.length > 1 ? "them" : "it"} out`,
    );
  };
  needs(needsTimes, staged.hasTimes, "a time", "--time-column");
  needs(options.events === undefined ? [] : ["--events"], staged.hasEvents, "an event", "--event-column");
  const byRating = [
    ...(options.minimumRating === undefined ? [] : ["--minimum-rating"]),
    ...(options.dislikeRating === undefined ? [] : ["--dislike-rating"]),
  ];
  needs(byRating, staged.hasRatings, "a rating", "--rating-column");
  return {
    method,
    ratio: options.ratio ?? [0.8, 0.1, 0.1],
    coldShare: options.coldShare ?? 0.2,
    seed: options.seed ?? 1,
    times: staged.hasTimes,
  };
}

/** Whether rows without a time are of no use. */
export const timesAreNeeded = ({ since, until, halfLife }: PrepareOptions, { method, times }: SplitRequest): boolean =>
  since !== undefined ||
  until !== undefined ||
  halfLife !== undefined ||
  method === "leave-last-out" ||
  method === "global-time" ||
  (method === "ratio" && times);
