/**
 * One trainer at a time, whatever the number of processes: a lease in the store that is renewed while the work goes on. That of a process which was
 * killed runs out; on the machine where it ran, whoever comes next sees that it is gone and does not wait.
 */
import { RunError } from "../../errors.ts";
import type { Store } from "../store/store.ts";
import { isGone, thisProcess } from "./lease-holder.ts";

const leaseName = "retraining";
const leaseMilliseconds = 60_000;
const renewMilliseconds = 15_000;

export interface HeldLease {
  /** Aborted when it is lost: the store gave it to another, or was away for longer than it lasts. */
  readonly signal: AbortSignal;
  /**
   * Holds it once more, whatever the timer did: for its whole length from now nobody else has it.
   * @param isLeft whether what was made is still there, which whoever had the lease meanwhile and gave it back has removed
   * @throws RunError when another has or had it
   */
  confirm(isLeft: () => boolean): Promise<void>;
}

const overtaken = (): RunError =>
  new RunError(
    "another process has begun to retrain, since nothing was heard of this one for too long; what this one trained is thrown away",
  );

async function takeLease(store: Store, holder: string): Promise<boolean> {
  if (await store.holdLease(leaseName, holder, leaseMilliseconds)) return true;
  const other = await store.leaseHolder(leaseName);
  if (other !== undefined) {
    if (!isGone(other)) return false;
    await store.releaseLease(leaseName, other);
  }
  return store.holdLease(leaseName, holder, leaseMilliseconds);
}

/**
 * @param signal ends the work as a lost lease does
 * @returns undefined when somebody else has it
 */
export async function withTrainingLease<T>(
  store: Store,
  signal: AbortSignal | undefined,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T | undefined> {
  const holder = thisProcess();
  if (!(await takeLease(store, holder))) return undefined;
  const lost = new AbortController();
  let heldUntil = performance.now() + leaseMilliseconds;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    try {
      if (await store.holdLease(leaseName, holder, leaseMilliseconds)) heldUntil = asked + leaseMilliseconds;
      else lost.abort(overtaken());
    } catch {
      if (performance.now() + renewMilliseconds > heldUntil) lost.abort();
    }
  };
  const timer = setInterval(() => void renew(), renewMilliseconds);
  try {
    return await work({
      signal: signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]),
      confirm: async (isLeft) => {
        if (!(await store.holdLease(leaseName, holder, leaseMilliseconds)) || !isLeft()) throw overtaken();
      },
    });
  } finally {
    clearInterval(timer);
    await store.releaseLease(leaseName, holder).catch(() => undefined);
  }
}
