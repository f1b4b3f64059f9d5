/**
 * Kills the real service and its trainings at random moments while it is written to and retrains, starts it again, and holds it against what was
 * acknowledged: every write is there once, what was cut off is there whole or not at all, every version that is offered is whole, the one that won
 * last is in charge, and the next retraining neither waits for a dead one nor leaves anything of it behind.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isRunning } from "../../src/data/running-process.ts";
import type { Random } from "../../src/tensor/random.ts";
import { makeServedRuns } from "./served-run.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { createShopWriter } from "./shop-writer.ts";
import { beginRetraining, comes, foldersIn, retrainingFaults, versionFaults } from "./version-checks.ts";

export interface ServiceKillsRequest {
  /** Folder for everything. */
  readonly folder: string;
  /** Address of the store. */
  readonly store: string;
  readonly kills: number;
  readonly random: Random;
  /** Ends before the next kill. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each kill. */
  readonly onKill?: ((result: ServiceKillsResult) => void) | undefined;
}

export interface ServiceKillsResult {
  readonly serverKills: number;
  readonly trainerKills: number;
  /** Retrainings that came to an end. */
  readonly versions: number;
  readonly acknowledged: number;
  /** The longest that a service took until it was ready, in milliseconds. */
  readonly slowestStart: number;
  /** What is not as it should be; none where all is well. */
  readonly faults: readonly string[];
}

const writers = 4;
/** A server is killed so soon after its first acknowledged write, at most; while it retrains, at any moment of that. */
const longestLife = 200;
const readyMilliseconds = 60_000;
/** Every so many kills a retraining is let end, and its traces are looked at. */
const killsPerWholeRetraining = 25;

/** Begins a retraining, and waits until its process works on a version. @returns its process; undefined where it has ended already */
async function retrainingAtWork(service: ServiceProcess, versions: string): Promise<number | undefined> {
  const before = new Set(foldersIn(versions));
  const began = await comes(async () => (await beginRetraining(service.url)) || service.trainers().length > 0);
  if (!began) throw new Error("the service begins no retraining");
  const [trainer] = service.trainers();
  if (trainer === undefined) return undefined;
  await comes(() => foldersIn(versions).some((name) => !before.has(name)) || !isRunning(trainer));
  return trainer;
}

export async function killServiceAgainAndAgain(request: ServiceKillsRequest): Promise<ServiceKillsResult> {
  const { folder, store, kills, random, signal } = request;
  const [run = ""] = await makeServedRuns(folder, [1]);
  const versions = join(folder, "versions");
  const scratch = join(folder, "scratch");
  mkdirSync(scratch);
  // Starting is most of a kill's time; what Node compiled once need not be compiled again.
  const environment = { TMPDIR: scratch, NODE_COMPILE_CACHE: join(folder, "compiled") };
  const shop = Array.from({ length: writers }, (_, n) => createShopWriter(`w${n}`, random));
  const known = new Set<string>();
  const faults: string[] = [];
  const count = { server: 0, trainer: 0 };
  let slowestStart = 0;
  /** How long a training works: a guess until one has come to its end. */
  let workMilliseconds = 1000;
  const result = (): ServiceKillsResult => ({
    serverKills: count.server,
    trainerKills: count.trainer,
    versions: known.size,
    acknowledged: shop.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    slowestStart,
    faults,
  });
  const isDone = (): boolean => count.server + count.trainer >= kills || faults.length > 0 || signal?.aborted === true;
  const told = (): void => request.onKill?.(result());

  const start = async (): Promise<ServiceProcess> => {
    const began = performance.now();
    const words = [run, "--store", store, "--versions", versions, "--keep", "2", "--rate", "0"];
    const service = await startService(words, join(folder, "service.log"), environment);
    const ready = await comes(async () => (await fetch(`${service.url}/readyz`)).ok, readyMilliseconds);
    if (!ready) faults.push("the service does not get ready");
    slowestStart = Math.max(slowestStart, performance.now() - began);
    return service;
  };
  const check = async ({ url }: ServiceProcess): Promise<void> => {
    faults.push(...(await versionFaults(url, versions, known)));
    for (const writer of shop) faults.push(...(await writer.check(url)));
  };
  const killTrainer = async (service: ServiceProcess): Promise<void> => {
    const trainer = await retrainingAtWork(service, versions);
    const began = performance.now();
    await comes(() => trainer === undefined || !isRunning(trainer), random.below(workMilliseconds));
    if (trainer === undefined || !isRunning(trainer)) {
      workMilliseconds = Math.ceil(1.2 * (performance.now() - began));
      return;
    }
    process.kill(trainer, "SIGKILL");
    // Later from time to time, until one comes to its end: the last steps are to be cut off as well.
    workMilliseconds = Math.ceil(1.2 * workMilliseconds);
    count.trainer++;
    told();
  };

  let lives = 0;
  while (!isDone()) {
    const service = await start();
    try {
      await check(service);
      const wholes = Math.floor((count.server + count.trainer) / killsPerWholeRetraining);
      if (wholes > lives) {
        lives = wholes;
        faults.push(...(await retrainingFaults(service, versions, scratch)));
      }
      if (faults.length > 0) break;
      const killed = new AbortController();
      const first = Promise.withResolvers<void>();
      const writing = shop.map((writer) => writer.write(service.url, killed.signal, first.resolve));
      await Promise.race([first.promise, ...writing]);
      while (random.uniform() < 0.4 && !isDone()) await killTrainer(service);
      const isRetraining = random.uniform() < 0.3;
      if (isRetraining) await retrainingAtWork(service, versions);
      else if (random.uniform() < 0.3) await beginRetraining(service.url);
      await setTimeout(random.below(isRetraining ? workMilliseconds + longestLife : longestLife));
      killed.abort();
      await service.end("SIGKILL");
      count.server++;
      for (const wrong of await Promise.all(writing)) faults.push(...wrong);
      told();
    } finally {
      await service.end("SIGKILL");
    }
  }
  const service = await start();
  try {
    await check(service);
    if (faults.length === 0) faults.push(...(await retrainingFaults(service, versions, scratch)));
    if (faults.length === 0) faults.push(...(await versionFaults(service.url, versions, known)));
    const code = await service.end("SIGTERM");
    if (code !== 0) faults.push(`asked to stop, the service ended with code ${code}`);
  } finally {
    await service.end("SIGKILL");
  }
  return result();
}
