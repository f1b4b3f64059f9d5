/**
 * Runs the trials a search proposes: in its order, at most so many at a time, those of this machine within a budget of memory, and each logged before it counts.
 */
import { packageVersion } from "../runs/environment.ts";
import type { Proposal, Search } from "./search.ts";
import { type Records, type TrialOutcome, type TrialRecord, trialKey } from "./trial.ts";
import type { TrialLog } from "./trial-log.ts";

export interface EndedTrial {
  readonly outcome: TrialOutcome;
  /** Where it was trained, if elsewhere. */
  readonly worker?: string | undefined;
  /** Called when it is logged: nobody else has to keep it. */
  collected?(): Promise<void>;
}

export interface ScheduledTrial {
  /** Bytes it needs at its peak. */
  readonly bytes: number;
  /** @returns undefined when it was interrupted */
  run(): Promise<EndedTrial | undefined>;
}

export interface ScheduleRequest {
  readonly search: Search;
  readonly log: TrialLog;
  readonly parallel: number;
  readonly memoryBytes: number;
  /** Made ready when its turn has come; an outcome where it need not, or cannot, run at all. */
  prepare(proposal: Proposal, records: Records): ScheduledTrial | TrialOutcome;
  readonly signal: AbortSignal;
  onStart(proposal: Proposal): void;
  onEnd(record: TrialRecord, records: Records): void;
  /** Told whenever the proposals may have changed. */
  onProposals(proposals: readonly Proposal[], more: boolean, records: Records): void;
}

/** @returns false when the signal ended it @throws what a trial's run throws, when the others have ended */
export async function runSchedule(request: ScheduleRequest): Promise<boolean> {
  const { search, log, parallel, memoryBytes, signal } = request;
  const running = new Map<string, { readonly bytes: number; readonly ended: Promise<void> }>();
  const ready = new Map<string, ScheduledTrial>();
  const faults: unknown[] = [];
  let interrupted = false;

  const record = (proposal: Proposal, outcome: TrialOutcome, worker?: string): void => {
    const { trial, rung, setting } = proposal;
    const place = { ...(worker === undefined ? {} : { worker }), latticework: packageVersion };
    const entry = { trial, rung, setting: { ...setting }, ...place, outcome };
    if (log.append(entry)) request.onEnd(entry, log.records);
  };
  const start = (proposal: Proposal, trial: ScheduledTrial): void => {
    const key = trialKey(proposal);
    const one = async (): Promise<void> => {
      try {
        const ended = await trial.run();
        if (ended === undefined) interrupted = true;
        else {
          record(proposal, ended.outcome, ended.worker);
          await ended.collected?.();
        }
      } catch (error) {
        faults.push(error);
      } finally {
        running.delete(key);
      }
    };
    request.onStart(proposal);
    running.set(key, { bytes: trial.bytes, ended: one() });
  };
  const isStopped = (): boolean => signal.aborted || interrupted || faults.length > 0;

  for (;;) {
    const { proposals, more } = search.propose(log.records);
    request.onProposals(proposals, more, log.records);
    const waiting = proposals.filter((one) => !log.records.has(trialKey(one)) && !running.has(trialKey(one)));
    let recorded = false;
    for (const proposal of isStopped() ? [] : waiting) {
      if (running.size >= parallel) break;
      const key = trialKey(proposal);
      const prepared = ready.get(key) ?? request.prepare(proposal, log.records);
      if ("status" in prepared) {
        record(proposal, prepared);
        recorded = true;
        continue;
      }
      const taken = [...running.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      if (running.size > 0 && taken + prepared.bytes > memoryBytes) {
        ready.set(key, prepared);
        break;
      }
      ready.delete(key);
      start(proposal, prepared);
    }
    if (running.size > 0) await Promise.race([...running.values()].map(({ ended }) => ended));
    else if (faults.length > 0) throw faults[0];
    else if (isStopped()) return false;
    else if (!recorded && waiting.length === 0) {
      if (more) throw new Error("a search waits for trials that it did not propose");
      return true;
    }
  }
}
