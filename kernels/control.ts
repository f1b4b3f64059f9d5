/**
 * How threads share one operation. The caller writes the operation's arguments to a fixed place in shared memory and
 * publishes a ticket: (generation, chunks not yet claimed). Whoever claims a chunk by compare-and-swap computes it;
 * the operation is over when as many chunks are done as there are, no matter who did them, so a thread that never
 * wakes costs nothing.
 */
import { runKernel } from "./index";

/** Low half: chunks not yet claimed; high half: generation, on which idle workers sleep. */
export const TICKET: usize = 256;
const GENERATION: usize = TICKET + 4;
const DONE: usize = 384;
const SLEEPERS: usize = 512;
const CALLER_ASLEEP: usize = 640;
const STOP: usize = 768;
const KERNEL: usize = 896;
const CHUNKS: usize = 900;
const FAILED: usize = 960;
/** 64 words of arguments of the operation in progress. */
export const ARGUMENTS: usize = 1024;

/** Turns of an idle thread before it sleeps: some tens of microseconds. */
const SPIN: i32 = 20000;

/** This thread's number (the caller is 0) and its private working memory. */
export let thread: i32 = 0;
export let scratch: usize = 0;

export function enter(threadNumber: i32, scratchAddress: usize): void {
  thread = threadNumber;
  scratch = scratchAddress;
}

@inline export function integer(index: i32): i32 {
  return load<i32>(ARGUMENTS + ((<usize>index) << 2));
}

@inline export function address(index: i32): usize {
  return load<usize>(ARGUMENTS + ((<usize>index) << 2));
}

@inline export function real(index: i32): f32 {
  return load<f32>(ARGUMENTS + ((<usize>index) << 2));
}

/** Claims and computes chunks until none is left. */
function work(): void {
  for (;;) {
    const ticket = atomic.load<i64>(TICKET);
    const left = <i32>ticket;
    if (left == 0) return;
    if (atomic.cmpxchg<i64>(TICKET, ticket, ticket - 1) != ticket) continue;
    runKernel(load<i32>(KERNEL), load<i32>(CHUNKS) - left);
    atomic.add<i32>(DONE, 1);
    if (atomic.load<i32>(CALLER_ASLEEP) != 0) atomic.notify(DONE, 1);
  }
}

/** Computes all chunks on the calling thread. */
export function serial(kernel: i32, chunks: i32): void {
  for (let chunk = 0; chunk < chunks; chunk++) runKernel(kernel, chunk);
}

/** Computes all chunks on every thread that comes; returns as `finish`. */
export function parallel(kernel: i32, chunks: i32): i32 {
  store<i32>(KERNEL, kernel);
  store<i32>(CHUNKS, chunks);
  atomic.store<i32>(DONE, 0);
  const generation = (atomic.load<i64>(TICKET) >> 32) + 1;
  atomic.store<i64>(TICKET, (generation << 32) | <i64>chunks);
  const sleepers = atomic.load<i32>(SLEEPERS);
  if (sleepers > 0) atomic.notify(GENERATION, sleepers);
  return finish();
}

/** Works until all chunks are claimed, waits until they are done; returns 1 when one of them failed. */
export function finish(): i32 {
  work();
  const chunks = load<i32>(CHUNKS);
  let turns = 0;
  let done = atomic.load<i32>(DONE);
  while (done != chunks) {
    if (++turns >= SPIN) {
      atomic.store<i32>(CALLER_ASLEEP, 1);
      atomic.wait<i32>(DONE, done, -1);
      atomic.store<i32>(CALLER_ASLEEP, 0);
    }
    done = atomic.load<i32>(DONE);
  }
  return atomic.xchg<i32>(FAILED, 0);
}

/** Counts the chunk that has just trapped on this thread as done, so that nobody waits for it. */
export function fail(): void {
  atomic.store<i32>(FAILED, 1);
  atomic.add<i32>(DONE, 1);
  atomic.notify(DONE, 1);
}

/** The whole life of a worker: work, spin, sleep, until told to stop. */
export function serve(): void {
  let turns = 0;
  while (atomic.load<i32>(STOP) == 0) {
    const ticket = atomic.load<i64>(TICKET);
    if (<i32>ticket != 0) {
      work();
      turns = 0;
    } else if (++turns >= SPIN) {
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(GENERATION, <i32>(ticket >> 32), -1);
      atomic.sub<i32>(SLEEPERS, 1);
      turns = 0;
    }
  }
}

/** Sends every worker home. */
export function stop(): void {
  atomic.store<i32>(STOP, 1);
  atomic.add<i32>(GENERATION, 1);
  atomic.notify(GENERATION, -1);
}
