/**
 * Kills writers at random moments and holds the store against what was acknowledged: every interaction is there once, every item is there whole and a
 * deleted one is not, bulks are there whole or not at all, the sequence of changes only grows, and a killed server or process never keeps the
 * store from being opened again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { openStore } from "../../src/service/store/open-store.ts";
import type { Store } from "../../src/service/store/store.ts";
import type { Random } from "../../src/tensor/random.ts";
import { acknowledgedSchema } from "./acknowledged.ts";

export interface KillsRequest {
  /** Address of the store. */
  readonly store: string;
  readonly kills: number;
  readonly random: Random;
  /** A server that is killed and started again instead of the writer, now and then. */
  readonly server?: { kill(): Promise<void>; start(): Promise<void> } | undefined;
  /** Told after each round. */
  readonly onRound?: ((round: number, acknowledged: number) => void) | undefined;
}

export interface KillsResult {
  readonly kills: number;
  readonly serverKills: number;
  /** Writes that were acknowledged. */
  readonly acknowledged: number;
  /** What is not as it should be; none where all is well. */
  readonly faults: readonly string[];
}

/** From its first acknowledged write to the kill, at most. */
const longestLife = 150;
/** Every so many kills are the server's. */
const killsPerServerKill = 5;

interface Expected {
  readonly keys: Set<string>;
  readonly items: Set<string>;
  readonly deleted: Set<string>;
}

/** Begins a writer, resolves when it has acknowledged something. */
async function startWriter(store: string, round: number, expected: Expected, count: () => void) {
  const file = new URL("writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [file, store, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const begun = new Promise<void>((resolve, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`the writer ended with ${signal ?? `code ${code}`}`)));
    lines.on("line", (line) => {
      const told = acknowledgedSchema.parse(JSON.parse(line));
      switch (told.kind) {
        case "opened":
          return;
        case "interactions":
          for (const key of told.keys) expected.keys.add(key);
          break;
        case "items":
          for (const id of told.ids) expected.items.add(id);
          break;
        case "deleted":
          expected.items.delete(told.id);
          expected.deleted.add(told.id);
      }
      count();
      resolve();
    });
  });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  await begun;
  return { child, ended };
}

async function kill({ child, ended }: { readonly child: ChildProcess; readonly ended: Promise<unknown> }) {
  child.kill("SIGKILL");
  await ended;
}

/** What the store has, held against what was acknowledged. */
async function faultsOf(store: Store, expected: Expected): Promise<string[]> {
  const faults: string[] = [];
  const keys = new Map<string, number>();
  for await (const block of store.interactions()) {
    for (const { key } of block) keys.set(key, (keys.get(key) ?? 0) + 1);
  }
  for (const key of expected.keys) if (!keys.has(key)) faults.push(`interaction ${key} is lost`);
  const bulks = new Map<string, number>();
  for (const [key, times] of keys) {
    if (times > 1) faults.push(`interaction ${key} is there ${times} times`);
    const [bulk = ""] = key.split("#");
    bulks.set(bulk, (bulks.get(bulk) ?? 0) + 1);
  }
  for (const [bulk, size] of bulks) {
    const whole = Number(bulk.split("-").at(-1)) % 4 === 0 ? 1 : 5;
    if (size !== whole) faults.push(`bulk ${bulk} has ${size} interactions of ${whole}`);
  }
  const items = new Set<string>();
  for await (const block of store.items()) {
    for (const { id, title, pictureDigest, encoded } of block) {
      items.add(id);
      if (id.split(" ")[0] !== title || pictureDigest === undefined || encoded.features.text?.length !== 2) {
        faults.push(`item ${id} is not whole`);
      }
    }
  }
  const deleted = new Set(await store.deletedItems());
  for (const id of expected.deleted) {
    if (items.has(id) || !deleted.has(id)) faults.push(`item ${id} was deleted and is not`);
  }
  for (const id of expected.items) if (!items.has(id) && !deleted.has(id)) faults.push(`item ${id} is lost`);
  let position = 0;
  for (;;) {
    const changes = await store.changesSince(position, 10_000);
    for (const change of changes) {
      if (change.position <= position) faults.push(`position ${change.position} comes after ${position}`);
      position = change.position;
    }
    if (changes.length < 10_000) break;
  }
  if (position !== (await store.position())) faults.push(`the last position is not the last change's, ${position}`);
  return faults;
}

/** A store that is opened anew each time, while the server may be coming back. */
async function checkedStore(address: string, expected: Expected): Promise<string[]> {
  const store = await openStore(address);
  try {
    return await faultsOf(store, expected);
  } finally {
    await store.close();
  }
}

export async function killAgainAndAgain(request: KillsRequest): Promise<KillsResult> {
  const { store, kills, random, server } = request;
  const expected: Expected = { keys: new Set(), items: new Set(), deleted: new Set() };
  let acknowledged = 0;
  let serverKills = 0;
  const count = (): void => {
    acknowledged++;
  };
  const faults: string[] = [];
  const checkEvery = Math.max(1, Math.floor(kills / 20));
  for (let round = 0; round < kills; round++) {
    const writer = await startWriter(store, round, expected, count);
    try {
      await setTimeout(random.below(longestLife));
      if (server !== undefined && round % killsPerServerKill === killsPerServerKill - 1) {
        await server.kill();
        serverKills++;
        await server.start();
        const before = acknowledged;
        // The writer that lived through it goes on by itself.
        const deadline = performance.now() + 30_000;
        while (acknowledged === before && performance.now() < deadline) await setTimeout(20);
        if (acknowledged === before) faults.push(`round ${round}: the writer did not go on after the server was back`);
      }
    } finally {
      await kill(writer);
    }
    if (round % checkEvery === checkEvery - 1 || round === kills - 1) {
      faults.push(...(await checkedStore(store, expected)));
    }
    request.onRound?.(round, acknowledged);
    if (faults.length > 0) break;
  }
  return { kills, serverKills, acknowledged, faults };
}
