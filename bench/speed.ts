/**
 * How fast and how small a training of LATTICE is, beside PyTorch written from the same specification, on the same made-up data of
 * the Baby dataset's size: batch 1024 by user, image 4096-d and text 1024-d, both trained. All take turns within one
 * run, each in a process of its own; medians with least and most are printed.
 *
 *     npm run bench:speed
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { writeDataset } from "../src/data/write-dataset.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { measureScript } from "./measuring/measured-process.ts";
import { madeUpDataset, sizes } from "./measuring/sizes.ts";
import { resultSchema, type Task } from "./speed/ours.ts";
import { measurePeer, peerNames, peerTitles } from "./speed/peers.ts";
import { type Measured, profileTable, speedTables } from "./speed/tables.ts";

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
  return checkedArguments(argumentsSchema, values);
}

const seed = 1;
const evaluations = 5;

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

async function printProfile(given: Arguments, data: string, threads: number): Promise<void> {
  const task: Task = { data, threads, epochs: given.epochs, evaluations: 0, seed, profile: true };
  const result = await measureScript(join(import.meta.dirname, "speed/ours.ts"), task, resultSchema);
  console.log(profileTable(result, threads));
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
      console.log(speedTables(measured));
      if (given.profile) await printProfile(given, data, threads);
    }
  } finally {
    if (given.data === undefined) rmSync(data, { recursive: true, force: true });
  }
}

await main();
