/** One trainer at a time, whatever the number of processes: a lease in the store that is renewed while the work goes on and runs out with its holder. */
import { randomUUID } from "node:crypto";
import type { Store } from "../store/store.ts";

const leaseName = "retraining";
const leaseMilliseconds = 60_000;
const renewMilliseconds = 15_000;

/**
 * @param work its signal is aborted when the lease is lost: the store gave it to another, or was away for longer than it lasts
 * @returns undefined when somebody else has it
 */
export async function withTrainingLease<T>(
  store: Store,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const holder = randomUUID();
  if (!(await store.holdLease(leaseName, holder, leaseMilliseconds))) return undefined;
  const lost = new AbortController();
  let heldUntil = performance.now() + leaseMilliseconds;
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    try {
      if (await store.holdLease(leaseName, holder, leaseMilliseconds)) heldUntil = asked + leaseMilliseconds;
      else lost.abort();
    } catch {
      if (performance.now() + renewMilliseconds > heldUntil) lost.abort();
    }
  };
  const timer = setInterval(() => void renew(), renewMilliseconds);
  try {
    return await work(signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
    await store.releaseLease(leaseName, holder).catch(() => undefined);
  }
}
