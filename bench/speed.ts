/**
 * How fast and how small a training of LATTICE is, beside PyTorch written from the same specification, on the same made-up data of
 * the Baby dataset's size: batch 1024 by user, image 4096-d and text 1024-d, both trained. All take turns within one
 * run, each in a process of its own; medians with least and most are printed.
 *
 *     npm run bench:speed
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { writeDataset } from "../src/data/write-dataset.ts";
import { gigabytes, markdownTable, median, spread } from "./common/figures.ts";
import { measureScript } from "./common/measured-process.ts";
import { madeUpDataset, sizes } from "./common/sizes.ts";
import { type Result, resultSchema, type Task } from "./speed/ours.ts";
import { measurePeer, type PeerName, type PeerResult, peerNames, peerTitles } from "./speed/peers.ts";

const usage = `Usage: npm run bench:speed -- [options]
  --threads 2,1             thread counts to measure at (default 2,1)
  --rounds n                turns each takes (default 2)
  --epochs n                epochs of ours that are timed in a turn, one more before them (default 5)
  --peers dense,sparse,bags peers to stand beside; "none" for ours alone (default all)
  --peer-epochs n           whole epochs of the sparse peers in a turn (default 2)
  --whole-dense             whole epochs of the dense peer too, minutes each; otherwise extrapolated from its steps
  --profile                 print where our epoch goes, by engine operation
  --data FOLDER             keep the made-up data there and use it again (default: a temporary folder, removed)
  --python FILE             the Python with PyTorch (default /usr/bin/python3)`;

const parts = z.string().transform((text) => text.split(","));

const argumentsSchema = z.object({
  threads: parts.pipe(z.array(z.coerce.number<string>().int().min(1)).min(1)).default([2, 1]),
  rounds: z.coerce.number().int().min(1).default(2),
  epochs: z.coerce.number().int().min(1).default(5),
  peers: z
    .string()
    .transform((text) => (text === "none" ? [] : text.split(",")))
    .pipe(z.array(z.enum(peerNames)))
    .default([...peerNames]),
  "peer-epochs": z.coerce.number().int().min(1).default(2),
  "whole-dense": z.boolean().default(false),
  profile: z.boolean().default(false),
  data: z.string().optional(),
  python: z.string().default("/usr/bin/python3"),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      threads: text,
      rounds: text,
      epochs: text,
      peers: text,
      "peer-epochs": text,
      "whole-dense": flag,
      profile: flag,
      data: text,
      python: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  const parsed = argumentsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) console.error(`--${issue.path.join(".")}: ${issue.message}`);
  process.exitCode = 2;
  return undefined;
}

const seed = 1;
const evaluations = 5;

/** What one thread count measured, over all rounds. */
interface Measured {
  readonly threads: number;
  readonly ours: Result[];
  readonly peers: Map<PeerName, PeerResult[]>;
  /** Load averages of the minute before each turn, which includes this benchmark's own threads. */
  readonly loads: number[];
}

async function takeTurns(given: Arguments, data: string, threads: number): Promise<Measured> {
  const measured: Measured = { threads, ours: [], peers: new Map(given.peers.map((name) => [name, []])), loads: [] };
  for (let round = 1; round <= given.rounds; round++) {
    const say = (who: string): void => {
      measured.loads.push(loadavg()[0] ?? 0);
      console.error(`${threads} threads, round ${round} of ${given.rounds}: ${who}`);
    };
    say("Latticework");
    const task: Task = { data, threads, epochs: given.epochs, evaluations, seed, profile: false };
    measured.ours.push(await measureScript(join(import.meta.dirname, "speed/ours.ts"), task, resultSchema));
    for (const name of given.peers) {
      say(peerTitles[name]);
      const result = await measurePeer(name, {
        python: given.python,
        data,
        threads,
        seed,
        epochs: given["peer-epochs"],
        wholeDense: given["whole-dense"],
        evaluations,
      });
      measured.peers.get(name)?.push(result);
    }
  }
  return measured;
}

function epochTable({ threads, ours, peers, loads }: Measured): string {
  const own = ours.flatMap((result) => result.epochSeconds);
  const line = (title: string, epochs: number[], cpu: number[], graph: number[], peak: number[]): string[] => [
    title,
    spread(epochs, 2),
    (median(epochs) / median(own)).toFixed(1),
    (Math.min(...epochs) / Math.min(...own)).toFixed(1),
    spread(cpu, 2),
    spread(graph, 1),
    gigabytes(Math.max(...peak)),
  ];
  return [
    `Training, ${threads} ${threads === 1 ? "thread" : "threads"}; ` +
      `load average before the turns ${spread(loads, 1)} on ${availableParallelism()} CPUs:`,
    "",
    markdownTable(
      ["", "s/epoch", "times ours (medians)", "times ours (leasts)", "CPU s/epoch", "initial graphs, s", "peak memory"],
      [
        line(
          "Latticework",
          own,
          ours.flatMap((result) => result.epochCpuSeconds),
          ours.map((result) => result.graphSeconds),
          ours.map((result) => result.trainingPeakBytes),
        ),
        ...[...peers].map(([name, results]) =>
          line(
            peerTitles[name],
            results.flatMap((result) => result.epochSeconds),
            results.flatMap((result) => result.epochCpuSeconds),
            results.map((result) => result.graphSeconds),
            results.map((result) => result.trainingPeakBytes),
          ),
        ),
      ],
    ),
    "",
  ].join("\n");
}

function partsTable({ ours, peers }: Measured): string {
  const rest = ours.flatMap((result) =>
    result.epochSeconds.map(
      (seconds, epoch) => seconds - (result.buildSeconds[epoch] ?? 0) - (result.ordinarySeconds[epoch] ?? 0),
    ),
  );
  return [
    "Parts of an epoch, seconds (ours: loss and gradient apart from sampling and Adam; PyTorch: whole steps):",
    "",
    markdownTable(
      ["", "step that builds the graph", "the other steps", "sampling and Adam"],
      [
        [
          "Latticework",
          spread(
            ours.flatMap((result) => result.buildSeconds),
            3,
          ),
          spread(
            ours.flatMap((result) => result.ordinarySeconds),
            3,
          ),
          spread(rest, 3),
        ],
        ...[...peers].map(([name, results]) => [
          peerTitles[name],
          spread(
            results.flatMap((result) => result.buildSeconds),
            3,
          ),
          spread(
            results.map((result) => result.stepSeconds * (result.stepsPerEpoch - 1)),
            3,
          ),
          "",
        ]),
      ],
    ),
    "",
  ].join("\n");
}

function evaluationTable({ ours, peers }: Measured): string {
  const own = ours.flatMap((result) => result.evaluationSeconds);
  const torch = [...peers.values()].flat().flatMap(({ evaluation }) => (evaluation === null ? [] : [evaluation]));
  const rows: [string, number[]][] = [
    ["Latticework: training items left out, best 20, all figures", own],
    ["PyTorch: score products alone", torch.flatMap((result) => result.productsSeconds)],
    ["PyTorch: score products alone, into one buffer", torch.flatMap((result) => result.bufferedProductsSeconds)],
    ["PyTorch: training items left out, best 20", torch.flatMap((result) => result.rankingSeconds)],
  ];
  return [
    "Full ranking of all users, seconds:",
    "",
    markdownTable(
      ["", "seconds", "ours / this"],
      rows
        .filter(([, seconds]) => seconds.length > 0)
        .map(([title, seconds]) => [title, spread(seconds, 3), (median(own) / median(seconds)).toFixed(2)]),
    ),
    "",
  ].join("\n");
}

async function printProfile(given: Arguments, data: string, threads: number): Promise<void> {
  const task: Task = { data, threads, epochs: given.epochs, evaluations: 0, seed, profile: true };
  const result = await measureScript(join(import.meta.dirname, "speed/ours.ts"), task, resultSchema);
  const epochs = result.epochSeconds.length;
  const total = result.epochSeconds.reduce((sum, seconds) => sum + seconds, 0);
  const inOperations = result.operations.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = (seconds: number): string[] => [
    ((seconds / epochs) * 1000).toFixed(1),
    `${((seconds / total) * 100).toFixed(1)} %`,
  ];
  console.log(`Where our epoch goes, ${threads} ${threads === 1 ? "thread" : "threads"}:\n`);
  console.log(
    markdownTable(
      ["engine operation", "calls an epoch", "ms an epoch", "share"],
      [
        ...result.operations
          .toSorted((a, b) => b.seconds - a.seconds)
          .map(({ operation, calls, seconds }) => [operation, (calls / epochs).toFixed(0), ...share(seconds)]),
        ["outside operations", "", ...share(total - inOperations)],
      ],
    ),
    "\n",
  );
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const data = given.data ?? mkdtempSync(join(tmpdir(), "latticework-speed-"));
  try {
    if (!existsSync(join(data, "synthetic.inter"))) {
      console.error("writing the made-up dataset");
      mkdirSync(data, { recursive: true });
      writeDataset(data, madeUpDataset(sizes.baby, seed));
    }
    for (const threads of given.threads) {
      const measured = await takeTurns(given, data, threads);
      console.log([epochTable, partsTable, evaluationTable].map((table) => table(measured)).join("\n"));
      if (given.profile) await printProfile(given, data, threads);
    }
  } finally {
    if (given.data === undefined) rmSync(data, { recursive: true, force: true });
  }
}

await main();
