/** Parsers of the values that `latticework prepare` takes: dates, durations, sizes, weights of events, shares. */
import { InvalidArgumentError } from "commander";
import { checkSplitMethod } from "../preparation/check-options.ts";
import type { EventWeight, SplitMethod } from "../preparation/options.ts";

function refuse(text: string, expected: string): never {
  throw new InvalidArgumentError(`"${text}" is not ${expected}.`);
}

/** Any finite number. */
export function aNumber(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : refuse(text, "a number");
}

const day = 86_400_000;
const durationUnits: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: day,
  w: 7 * day,
  y: 365 * day,
};

/** `90d`, `12h`, `2w`, `1.5y` → milliseconds; a year has 365 days. */
export function duration(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?(s|min|h|d|w|y)$/.exec(text.trim()) ?? [];
  const milliseconds = Math.round(Number(amount) * (durationUnits[unit] ?? Number.NaN));
  return milliseconds >= 1 ? milliseconds : refuse(text, "a duration such as 12h, 90d, 8w or 1y (s, min, h, d, w, y)");
}

/** An ISO 8601 date or time, UTC where no zone is given → milliseconds since 1970. */
export function moment(text: string): number {
  const [, date = "", time = "", zone = ""] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim()) ?? [];
  const value = date === "" ? Number.NaN : Date.parse(`${date}T${time || "00:00"}${zone || "Z"}`);
  return Number.isNaN(value) ? refuse(text, "a date such as 2024-01-31 or a time such as 2024-01-31T18:30:00Z") : value;
}

const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `800MB`, `1.5GB`, `2GiB` → bytes. */
export function byteCount(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgt]?i?b)$/.exec(text.trim().toLowerCase()) ?? [];
  const bytes = Math.round(Number(amount) * (sizeUnits[unit] ?? Number.NaN));
  return bytes >= 64e6 ? bytes : refuse(text, "a size of at least 64MB, such as 800MB or 2GB");
}

/** `view=1,cart=3,dislike=dislike` → weights by event. */
export function eventWeights(text: string): Readonly<Record<string, EventWeight>> {
  const weights = new Map<string, EventWeight>();
  for (const part of text.split(",")) {
    const at = part.lastIndexOf("=");
    const name = part.slice(0, Math.max(0, at)).trim();
    const value = part.slice(at + 1).trim();
    const weight = value === "dislike" ? value : Number(value);
    if (name === "" || value === "" || (weight !== "dislike" && !(weight > 0))) {
      refuse(part, "an event with its weight, such as purchase=5 or hide=dislike");
    }
    if (weights.has(name)) refuse(text, `a list with each event once; ${name} stands there twice`);
    weights.set(name, weight);
  }
  return Object.fromEntries(weights);
}

/** `0.8,0.1,0.1`, also `8,1,1` or `80/10/10` → shares that add up to 1. */
export function shares(text: string): readonly [number, number, number] {
  const parts = text.split(/[,/:]/).map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [train = Number.NaN, validation = Number.NaN, test = Number.NaN] = parts;
  const sum = train + validation + test;
  if (parts.length !== 3 || parts.some((part) => !(part >= 0)) || !(train > 0) || !Number.isFinite(sum)) {
    refuse(text, "three shares of train, validation and test such as 0.8,0.1,0.1");
  }
  return [train / sum, validation / sum, test / sum];
}

/** A split by name; the nearest one is offered. */
export function splitName(text: string): SplitMethod {
  try {
    return checkSplitMethod(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
