/** What a running service does between requests: old changes of its store go piece by piece, every hour. */
import { Writable } from "node:stream";
import pino from "pino";
import { expect, it } from "vitest";
import { following } from "./following.ts";
import { createMemoryStore } from "./store/memory-store.fixture.ts";
import { StoreUnavailable } from "./store/store.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** Follows with a store of which so many old changes can be removed. */
function follow(old: number) {
  const state = { time: 0, old, asked: 0, followed: 0, age: 0, away: false, log: "" };
  const store = {
    ...createMemoryStore(),
    pruneChanges: async (milliseconds: number, most: number) => {
      state.asked++;
      state.age = milliseconds;
      if (state.away) throw new StoreUnavailable("away");
      const removed = Math.min(most, state.old);
      state.old -= removed;
      return removed;
    },
  };
  const living = {
    follow: async () => {
      state.followed++;
    },
  };
  const sink = new Writable({
    write: (chunk, _, done) => {
      state.log += String(chunk);
      done();
    },
  });
  const end = following({ living, store, every: 1, logger: pino({}, sink), now: () => state.time });
  const looks = async (more: number): Promise<void> => {
    const until = state.followed + more;
    await expect.poll(() => state.followed, { interval: 2 }).toBeGreaterThanOrEqual(until);
  };
  return { state, end, looks };
}

it("removes what is older than a day in pieces, between looks for changes, and again after an hour", async () => {
  const { state, end, looks } = follow(2500);
  await expect.poll(() => state.old, { interval: 2 }).toBe(0);
  expect(state.age).toBe(day);
  expect(state.asked).toBeGreaterThan(2);
  expect(state.followed).toBeGreaterThanOrEqual(state.asked);
  await looks(3);
  const { asked } = state;
  state.old = 5;
  state.time = hour - 1;
  await looks(3);
  expect([state.asked, state.old]).toEqual([asked, 5]);
  state.time = hour;
  await looks(3);
  expect([state.asked, state.old]).toEqual([asked + 1, 0]);
  await end();
});

it("leaves it for an hour where the store cannot do it, and goes on following", async () => {
  const { state, end, looks } = follow(5);
  state.away = true;
  await looks(4);
  expect([state.asked, state.old]).toEqual([1, 5]);
  expect(state.log).toContain("the store is away");
  state.away = false;
  state.time = hour;
  await looks(3);
  expect([state.asked, state.old]).toEqual([2, 0]);
  await end();
});
