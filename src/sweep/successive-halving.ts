/**
 * Successive halving (Jamieson and Talwalkar 2016): n settings drawn at random train for a small share of their epochs, the best ⌊n/η⌋ go on to η times as
 * many, and so forth until the last ones have all. With s = ⌊log_η n⌋, rung r holds ⌊n/ηʳ⌋ trials of the share η^(r − s).
 */
import type { Proposal, Search } from "./search.ts";
import type { Setting } from "./setting.ts";
import { type Records, scoreOf, type TrialRecord, trialKey } from "./trial.ts";

export interface Rung {
  readonly trials: number;
  readonly share: number;
}

/** @param reduction η, an integer from 2 up */
export function rungsOf(trials: number, reduction: number): readonly Rung[] {
  const sizes: number[] = [];
  for (let size = trials; size >= 1; size = Math.floor(size / reduction)) sizes.push(size);
  return sizes.map((size, rung) => ({ trials: size, share: 1 / reduction ** (sizes.length - 1 - rung) }));
}

function recordsOf(proposals: readonly Proposal[], records: Records): readonly TrialRecord[] | undefined {
  const found = proposals.flatMap((proposal) => records.get(trialKey(proposal)) ?? []);
  return found.length === proposals.length ? found : undefined;
}

/** @param settings distinct */
export function createHalving(settings: readonly Setting[], reduction: number): Search {
  const rungs = rungsOf(settings.length, reduction);
  return {
    propose: (records) => {
      let current = settings.map(
        (setting, trial): Proposal => ({ trial, rung: 0, setting, share: rungs[0]?.share ?? 1 }),
      );
      const proposals = [...current];
      for (let rung = 1; rung < rungs.length; rung++) {
        const finished = recordsOf(current, records);
        if (finished === undefined) return { proposals, more: true };
        const { trials = 0, share = 1 } = rungs[rung] ?? {};
        const promoted = finished
          .filter(({ outcome }) => outcome.status !== "failed")
          .toSorted((a, b) => scoreOf(b) - scoreOf(a) || a.trial - b.trial)
          .slice(0, trials)
          .toSorted((a, b) => a.trial - b.trial);
        current = promoted.map(({ trial }): Proposal => ({ trial, rung, setting: settings[trial] ?? {}, share }));
        proposals.push(...current);
      }
      return { proposals, more: false };
    },
  };
}
