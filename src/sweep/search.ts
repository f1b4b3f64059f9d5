/**
 * What all searches have in common: from the records so far they say which trials come, in order. They are functions of the space, the seed
 * and the records alone, so that a sweep that was killed, or runs on other machines, tries the same settings. A search that learns
 * from records reads only those of trials at least `lag` before the one it proposes; the schedule waits for these and no others.
 */
import type { Setting } from "./setting.ts";
import { type Records, type TrialRecord, trialKey } from "./trial.ts";

export interface Proposal {
  readonly trial: number;
  /** 0 but for successive halving. */
  readonly rung: number;
  readonly setting: Setting;
  /** Share of the epochs of its options after which it is put aside. */
  readonly share: number;
}

export interface Proposals {
  /** Those whose turn has come, finished ones among them. */
  readonly proposals: readonly Proposal[];
  /** Whether more come when these are finished. */
  readonly more: boolean;
}

export interface Search {
  propose(records: Records): Proposals;
}

/** Settings one after the other: the trial's number and the records it may know → its setting, or undefined after the last. */
export type Suggest = (
  trial: number,
  known: readonly TrialRecord[],
  earlier: readonly Setting[],
) => Setting | undefined;

/** The records of trials 0 to `before` − 1; undefined when one is missing. */
export function recordsBefore(records: Records, before: number): readonly TrialRecord[] | undefined {
  const known: TrialRecord[] = [];
  for (let trial = 0; trial < before; trial++) {
    const record = records.get(trialKey({ trial, rung: 0 }));
    if (record === undefined) return undefined;
    known.push(record);
  }
  return known;
}

/** How many trials must be finished before one starts. */
export const knownBefore = (trial: number, lag: number): number => Math.max(0, trial - lag + 1);

/**
 * Each trial once, in order.
 * @param lag undefined: no trial waits for another
 */
export function createSequence(trials: number, lag: number | undefined, suggest: Suggest): Search {
  const settings: Setting[] = [];
  let ended = false;
  return {
    propose: (records) => {
      const proposals: Proposal[] = [];
      for (let trial = 0; trial < trials; trial++) {
        const known = lag === undefined ? [] : recordsBefore(records, knownBefore(trial, lag));
        if (known === undefined) return { proposals, more: true };
        if (settings[trial] === undefined && !ended) {
          const suggested = suggest(trial, known, settings);
          if (suggested === undefined) ended = true;
          else settings[trial] = suggested;
        }
        const setting = settings[trial];
        if (setting === undefined) break;
        proposals.push({ trial, rung: 0, setting, share: 1 });
      }
      return { proposals, more: false };
    },
  };
}
