/**
 * Comparisons over several machines, against a real Redis or Valkey that this test starts: the runs that come back are those that would have been
 * trained here, also when a worker is killed, cannot do the work, or the server goes away.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { readComparison } from "../src/comparison/comparison-format.ts";
import { trainingJobs } from "../src/comparison/training-job.ts";
import { openRun } from "../src/index.ts";
import { runWorker } from "../src/workers/worker.ts";
import { latticework, latticeworkOutput } from "./command.ts";
import { type RedisServer, redisProgram } from "./redis-server.ts";
import { slowly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { workersOfTest } from "./worker-processes.ts";

const folder = temporaryFolder();
const datasets = join(folder, "datasets");
const models = ["mf", "lattice"];
const seeds = [1, 2];
const here = join(folder, "here");
let dataset = "";
const { newServer, started, worker, crampedWorker } = workersOfTest(folder, datasets);

const compareWords = (out: string, ...more: readonly string[]): string[] => [
  "compare",
  dataset,
  "--models",
  models.join(","),
  "--seeds",
  String(seeds.length),
  "--out",
  out,
  "--parallel",
  "4",
  ...more,
  ...slowly,
  "validateEvery=1",
  "epochs=120",
];

/** What each run says and weighs, without times and machines. */
const runsOf = (out: string) =>
  models.flatMap((model) =>
    seeds.map((seed) => {
      const place = join(out, "runs", model, `seed-${seed}`);
      const { config, metrics, ids } = openRun(place);
      const { seconds, peakMemoryBytes, ...figures } = metrics;
      const { model: name, backbone, options, dataset: data } = config;
      return {
        ...{ name, backbone, options, data, figures, ids, timed: seconds.total > 0 && peakMemoryBytes > 0 },
        weights: readFileSync(join(place, "weights.safetensors")).toString("base64"),
      };
    }),
  );

/** Keys of jobs and files that are left. */
const keysLeft = (server: RedisServer): Promise<string[]> =>
  server.ask(async (redis) => [
    ...(await redis.keys("bull:latticework-jobs:????????-*")),
    ...(await redis.keys("latticework-files:*")),
  ]);

const leftOver = (out: string): string[] =>
  readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => /receiving|\.tmp$|workers\.json/.test(name));

beforeAll(async () => {
  mkdirSync(datasets);
  dataset = writeSmallDataset(folder);
  // Elsewhere the same dataset lies in a folder of another name.
  renameSync(writeSmallDataset(datasets), join(datasets, "copied"));
  renameSync(join(datasets, "copied", "small.inter"), join(datasets, "copied", "another.inter"));
  mkdirSync(join(folder, "nothing"));
  await latticeworkOutput(...compareWords(here, "--quiet", "--threads", "1"));
});

describe.skipIf(redisProgram === undefined)("a comparison over workers", () => {
  test("has the runs it would have here, when a worker is killed too", async () => {
    const out = join(folder, "killed-worker");
    const server = await newServer();
    const [first, second] = [worker(server, "first"), worker(server, "second")];
    await Promise.all([first.seen("works for"), second.seen("works for")]);
    const comparison = started(...compareWords(out, "--workers", server.address));
    await Promise.all([first.seen("begins "), second.seen("begins ")]);
    await comparison.seen(/(lattice|mf) seed \d: begins on second/);
    second.process.kill("SIGKILL");
    await second.ended;
    const { code, errors } = await comparison.ended;
    expect(code, errors).toBe(0);
    expect(errors).toContain("lattice seed 2: waits for a worker");
    const ends = [...errors.matchAll(/(\w+ seed \d): done in .* on (first|second), validation 0\.\d+ \(\d of 4\)/g)];
    expect(new Set(ends.map(([, name]) => name)).size, errors).toBe(4);
    expect(ends).toHaveLength(4);
    // On a slow machine the second may have ended a training before it was killed.
    const endedOnSecond = ends.filter(([, , place]) => place === "second").map(([, name]) => name);
    for (const [, name] of errors.matchAll(/(\w+ seed \d): begins on second/g)) {
      if (!endedOnSecond.includes(name)) expect(errors).toContain(`${name}: begins on first`);
    }
    expect(runsOf(out)).toEqual(runsOf(here));
    expect(readComparison(join(out, "compare.json")).contenders.map((one) => [one.test, one.significance])).toEqual(
      readComparison(join(here, "compare.json")).contenders.map((one) => [one.test, one.significance]),
    );
    expect(await keysLeft(server)).toEqual([]);
    expect(leftOver(out)).toEqual([]);
    const run = join(out, "runs", "lattice", "seed-2");
    expect((await latticeworkOutput("recommend", run, "--user", "3", "--count", "4")).length).toBeGreaterThan(0);
    expect(await latticeworkOutput("leaderboard", out)).toContain("small");

    const scratchOf = (): string[] => readdirSync(join(folder, "scratch")).map((name) => name.split("-").at(-2) ?? "");
    expect(scratchOf()).toContain(String(second.process.pid));
    const third = worker(server, "third");
    await third.seen("works for");
    expect(scratchOf().sort()).toEqual([first, third].map((one) => String(one.process.pid)).sort());
  });

  test("gives a training that a worker refuses by name to another", async () => {
    const out = join(folder, "refused");
    const server = await newServer();
    const end = new AbortController();
    const old = runWorker({
      address: server.address,
      datasets,
      kinds: [trainingJobs],
      name: "old",
      version: "0.0.1",
      leaseSeconds: 5,
      signal: end.signal,
      onNotice: () => undefined,
    });
    const empty = worker(server, "empty", "--datasets", join(folder, "nothing"));
    await empty.seen("works for");
    const comparison = started(...compareWords(out, "--workers", server.address));
    await comparison.seen(/old refuses trainings: it is latticework 0\.0\.1, the training is of \d/);
    await comparison.seen(/empty refuses trainings: it has no dataset small with fingerprint [0-9a-f]{16}/);
    worker(server, "able");
    const { code, errors } = await comparison.ended;
    end.abort();
    await old;
    expect(code, errors).toBe(0);
    expect(errors.match(/done in .* on able/g)).toHaveLength(4);
    expect(runsOf(out)).toEqual(runsOf(here));
  });

  test("gives a training for which a worker has too little memory to another", async () => {
    const out = join(folder, "cramped");
    const server = await newServer();
    const cramped = crampedWorker(server, "cramped");
    await cramped.seen("works for");
    const comparison = started(...compareWords(out, "--workers", server.address));
    await comparison.seen(
      /cramped refuses trainings: it has too little memory for \w+ seed \d \(small does not fit: training needs about /,
    );
    worker(server, "able");
    const { code, errors } = await comparison.ended;
    expect(code, errors).toBe(0);
    expect(errors.match(/done in .* on able/g)).toHaveLength(4);
    expect(runsOf(out)).toEqual(runsOf(here));
    expect(await keysLeft(server)).toEqual([]);
  });

  test.each([
    ["and comes back with what it held", true],
    ["and comes back empty", false],
  ])("goes on when the server goes away %s", async (_, keep) => {
    const out = join(folder, `away-${keep}`);
    const server = await newServer(keep);
    worker(server, "one");
    worker(server, "two");
    const comparison = started(...compareWords(out, "--workers", server.address));
    await comparison.seen("(1 of 4)");
    await server.stop();
    await comparison.seen(/Redis at 127\.0\.0\.1:\d+ is away/);
    await setTimeout(3000);
    await server.start();
    await comparison.seen(/Redis at 127\.0\.0\.1:\d+ is back/);
    const { code, errors } = await comparison.ended;
    expect(code, errors).toBe(0);
    // How long one took is not told where the server lost the word that it began.
    expect(errors.match(/: done\b/g)).toHaveLength(4);
    expect(runsOf(out)).toEqual(runsOf(here));
    expect(leftOver(out)).toEqual([]);
  });

  test.each(["SIGKILL", "SIGINT"] as const)(
    "goes on after %s, and collects what was trained meanwhile",
    async (signal) => {
      const out = join(folder, `stopped-${signal}`);
      const server = await newServer();
      const one = worker(server, "one");
      const words = compareWords(out, "--workers", server.address);
      const comparison = started(...words);
      await comparison.seen("(1 of 4)");
      await one.seen(/(begins [\s\S]*){2}/);
      comparison.process.kill(signal);
      const stopped = await comparison.ended;
      if (signal === "SIGINT") {
        expect(stopped.code).toBe(130);
        expect(stopped.errors).toContain("What workers have begun stays with the server");
        expect(stopped.errors).toContain("Go on with the same command");
      }
      await one.seen(/(ends [\s\S]*){2}/);
      one.process.kill("SIGINT");
      expect((await one.ended).code).toBe(0);
      const again = started(...words);
      // Nobody works there now: this one was collected.
      await again.seen(/: done on one \(2 of 4\)/);
      expect(existsSync(join(out, "compare.json"))).toBe(false);
      worker(server, "other");
      const { code, errors } = await again.ended;
      expect(code, errors).toBe(0);
      expect(errors).toContain("4 trainings, 1 done already");
      expect(runsOf(out)).toEqual(runsOf(here));
      expect(await keysLeft(server)).toEqual([]);
    },
  );

  test("asks again for runs of which the server has lost a part, and they are not trained again", async () => {
    const out = join(folder, "lost-part");
    const server = await newServer();
    const one = worker(server, "one");
    const words = compareWords(out, "--workers", server.address);
    const comparison = started(...words);
    await one.seen(/(begins [\s\S]*){2}/);
    comparison.process.kill("SIGKILL");
    await comparison.ended;
    await one.seen(/(ends [\s\S]*){4}/);
    const files = () => server.ask((redis) => redis.keys("latticework-files:*"));
    while ((await files()).length < 3) await setTimeout(50);
    const lost = await server.ask(async (redis) => {
      const keys = await redis.keys("latticework-files:*");
      return Promise.all(keys.map((key) => redis.hdel(key, "weights.safetensors/0")));
    });
    expect(lost.filter((count) => count === 1).length).toBeGreaterThan(1);
    const { code, errors } = await latticework(...words);
    expect(code, errors).toBe(0);
    one.process.kill("SIGINT");
    expect((await one.ended).errors.match(/begins /g)).toHaveLength(4);
    expect(runsOf(out)).toEqual(runsOf(here));
    expect(await keysLeft(server)).toEqual([]);
  });

  test("tells what a worker could not train, keeps the others, and has it tried again by the same worker", async () => {
    const out = join(folder, "failing");
    const server = await newServer();
    const clumsy = new AbortController();
    const full = new Set(["mf seed 2"]);
    const failing = runWorker({
      address: server.address,
      datasets,
      kinds: [
        {
          kind: "training",
          open: (task) => {
            const own = trainingJobs.open(task);
            const outcome = { status: "failed", message: "the disk is full" };
            const failed = { outcome, summary: "fails", isFailure: true };
            return { ...own, run: async (place, watch) => (full.delete(own.title) ? failed : own.run(place, watch)) };
          },
        },
      ],
      name: "clumsy",
      threads: 1,
      signal: clumsy.signal,
      onNotice: () => undefined,
    });
    const words = compareWords(out, "--workers", server.address);
    const { code, errors } = await latticework(...words);
    expect(code).toBe(1);
    expect(errors).toContain("mf seed 2: failed: on clumsy: the disk is full");
    expect(errors).toContain("1 of 4 trainings failed (the others are kept)");
    const again = await latticework(...words);
    clumsy.abort();
    await failing;
    expect(again.code, again.errors).toBe(0);
    expect(again.errors).toContain("4 trainings, 3 done already");
    expect(runsOf(out)).toEqual(runsOf(here));
  });
});

test("an address where nobody answers is told before anything is written", async () => {
  const out = join(folder, "no-server");
  const { code, errors } = await latticework(...compareWords(out, "--workers", "redis://:secret@127.0.0.1:1"));
  expect(code).toBe(1);
  expect(errors).toContain("Redis at 127.0.0.1:1: ECONNREFUSED; start redis-server or valkey-server there");
  expect(errors).not.toContain("secret");
  expect(existsSync(out)).toBe(false);
});
