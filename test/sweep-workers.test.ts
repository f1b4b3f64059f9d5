/**
 * Sweeps over several machines, against a real Redis or Valkey that this test starts: workers are processes, one of them is killed, some cannot do the
 * work, the server goes away. Where no server is installed, nothing is tested and that is counted as skipped.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { trialJobs } from "../src/sweep/trial-job.ts";
import { runWorker } from "../src/workers/worker.ts";
import { latticework, latticeworkOutput } from "./command.ts";
import { type RedisServer, redisProgram } from "./redis-server.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { workersOfTest } from "./worker-processes.ts";

const folder = temporaryFolder();
const datasets = join(folder, "datasets");
/** The same interactions, one number of the features another. */
const encodedOtherwise = join(folder, "encoded-otherwise");
const trials = 8;
let dataset = "";
beforeAll(() => {
  mkdirSync(datasets);
  dataset = writeSmallDataset(datasets);
  mkdirSync(join(folder, "nothing"));
  const features = join(writeSmallDataset(encodedOtherwise), "text_feat.npy");
  const bytes = readFileSync(features);
  bytes.writeFloatLE(0.25, bytes.length - 4);
  writeFileSync(features, bytes);
  writeFileSync(join(folder, "space.json"), JSON.stringify({ skip: { min: 0, max: 1 }, embeddingSize: [8, 16] }));
});

const { newServer, started, worker, crampedWorker } = workersOfTest(folder, datasets);

const sweepWords = (out: string, epochs: number, ...more: readonly string[]): string[] => [
  "sweep",
  dataset,
  "--space",
  join(folder, "space.json"),
  "--out",
  out,
  "--trials",
  String(trials),
  "--parallel",
  "4",
  ...more,
  ...quickly,
  "validateEvery=1",
  `epochs=${epochs}`,
];

const trialSchema = z.object({
  trial: z.number(),
  worker: z.string().optional(),
  outcome: z.looseObject({ status: z.string(), best: z.number() }),
});
const trialsOf = (out: string) =>
  readFileSync(join(out, "trials.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => trialSchema.parse(JSON.parse(line)))
    .sort((a, b) => a.trial - b.trial);
const figuresOf = (out: string) =>
  trialsOf(out).map(({ trial, outcome: { status, best } }) => ({ trial, status, best }));

/** Jobs that are left of a sweep. */
const jobsLeft = (server: RedisServer): Promise<number> =>
  server.ask(async (redis) => (await redis.keys("bull:latticework-jobs:????????-*")).length);

describe.skipIf(redisProgram === undefined)("a sweep over workers", () => {
  test("loses no trial and counts none twice when a worker is killed", async () => {
    const [here, there] = [join(folder, "here"), join(folder, "there")];
    const server = await newServer();
    const [first, second] = [worker(server, "first"), worker(server, "second")];
    const sweep = started(...sweepWords(there, 60, "--workers", server.address));
    await Promise.all([first.seen("begins trial"), second.seen("begins trial")]);
    await sweep.seen("(2 of 8)");
    await second.seen(/begins trial \d+[\s\S]*begins trial/);
    second.process.kill("SIGKILL");
    const { code, errors } = await sweep.ended;
    expect(errors).toContain("(8 of 8)");
    expect(code).toBe(0);
    const done = trialsOf(there);
    expect(done.map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(done.map((one) => one.worker))).toEqual(new Set(["first", "second"]));
    expect(await jobsLeft(server)).toBe(0);
    await latticeworkOutput(...sweepWords(here, 60, "--quiet", "--threads", "1"));
    expect(figuresOf(there)).toEqual(figuresOf(here));
  });

  test("gives a trial that a worker refuses by name to another", async () => {
    const server = await newServer();
    const notices: string[] = [];
    const end = new AbortController();
    const old = runWorker({
      address: server.address,
      datasets,
      kinds: [trialJobs],
      name: "old",
      version: "0.0.1",
      leaseSeconds: 5,
      signal: end.signal,
      onNotice: (message) => notices.push(message),
    });
    const empty = worker(server, "empty", "--datasets", join(folder, "nothing"));
    await empty.seen("works for");
    const otherwise = worker(server, "otherwise", "--datasets", encodedOtherwise);
    await otherwise.seen("works for");
    const out = join(folder, "refused");
    const sweep = started(...sweepWords(out, 3, "--workers", server.address));
    await sweep.seen(/old refuses trials: it is latticework 0\.0\.1, the trial is of \d/);
    await sweep.seen(/empty refuses trials: it has no dataset small with fingerprint [0-9a-f]{16}/);
    await sweep.seen(/otherwise refuses trials: its dataset .*small has other features than small/);
    worker(server, "able");
    expect((await sweep.ended).code).toBe(0);
    end.abort();
    await old;
    expect(trialsOf(out).map((one) => [one.trial, one.worker])).toEqual(
      Array.from({ length: trials }, (_, n) => [n, "able"]),
    );
    expect(notices.join("\n")).toContain("refuses a trial: it is latticework 0.0.1");
  });

  test("gives a trial for which a worker has too little memory to another", async () => {
    const server = await newServer();
    const cramped = crampedWorker(server, "cramped");
    await cramped.seen("works for");
    const out = join(folder, "cramped");
    const sweep = started(...sweepWords(out, 3, "--workers", server.address));
    await sweep.seen(
      /cramped refuses trials: it has too little memory for trial \d \(small does not fit: training needs about .*, the machine has /,
    );
    worker(server, "able");
    const { code, errors } = await sweep.ended;
    expect(code, errors).toBe(0);
    expect(trialsOf(out).map((one) => [one.trial, one.worker, one.outcome.status === "failed"])).toEqual(
      Array.from({ length: trials }, (_, n) => [n, "able", false]),
    );
    const told = errors.match(/cramped refuses trials: it has too little memory for trial \d/g) ?? [];
    expect(told).toEqual([...new Set(told)]);
  });

  test.each([
    ["and comes back with what it held", true],
    ["and comes back empty", false],
  ])("goes on when the server goes away %s", async (_, keep) => {
    const server = await newServer(keep);
    worker(server, "one");
    worker(server, "two");
    const out = join(folder, `away-${keep}`);
    const sweep = started(...sweepWords(out, 30, "--workers", server.address));
    await sweep.seen("(2 of 8)");
    await server.stop();
    await sweep.seen(/Redis at 127\.0\.0\.1:\d+ is away/);
    await setTimeout(3000);
    await server.start();
    await sweep.seen(/Redis at 127\.0\.0\.1:\d+ is back/);
    expect((await sweep.ended).code).toBe(0);
    expect(trialsOf(out).map(({ trial, outcome }) => [trial, outcome.status === "failed"])).toEqual(
      Array.from({ length: trials }, (_, n) => [n, false]),
    );
  });

  test("goes on after it was killed itself, and collects what was trained meanwhile", async () => {
    const server = await newServer();
    const one = worker(server, "one");
    const out = join(folder, "killed");
    const words = sweepWords(out, 20, "--workers", server.address);
    const sweep = started(...words);
    await sweep.seen("(1 of 8)");
    sweep.process.kill("SIGKILL");
    await sweep.ended;
    await one.seen(/(ends trial[\s\S]*){3}/);
    expect((await started(...words).ended).code).toBe(0);
    expect(trialsOf(out).map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await jobsLeft(server)).toBe(0);
  });

  test("a worker that is stopped hands its trial back", async () => {
    const server = await newServer();
    const first = worker(server, "first");
    const out = join(folder, "handed");
    const sweep = started(...sweepWords(out, 40, "--workers", server.address));
    await first.seen("begins trial");
    first.process.kill("SIGINT");
    expect((await first.ended).code).toBe(0);
    worker(server, "second");
    expect((await sweep.ended).code).toBe(0);
    expect(trialsOf(out)).toHaveLength(trials);
  });
});

describe("an address", () => {
  test("that is none, or where nobody answers, is told before anything is written", async () => {
    const out = join(folder, "no-server");
    for (const [address, message] of [
      ["localhost:6379", "expected that of a Redis or Valkey server, such as redis://10.0.0.5:6379"],
      [
        "redis://:secret@127.0.0.1:1",
        "Redis at 127.0.0.1:1: ECONNREFUSED; start redis-server or valkey-server there, or check the address",
      ],
    ] as const) {
      for (const words of [sweepWords(out, 2, "--workers", address), ["worker", address, "--datasets", datasets]]) {
        const { code, errors } = await latticework(...words);
        expect(code).toBe(1);
        expect(errors).toContain(message);
        expect(errors).not.toContain("secret");
      }
    }
  });
});
