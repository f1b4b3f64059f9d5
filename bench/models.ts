/**
 * How long an epoch of each model takes and how much memory, beside PyTorch written from the same equations for LightGCN, VBPR, FREEDOM, BM3 and
 * MMGCN, on the same made-up data of the Baby dataset's size: image 4096-d and text 384-d, by interaction. All take turns within
 * one run, each in a process of its own; medians with least and most are printed.
 *
 *     npm run bench:models
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { writeDataset } from "../src/data/write-dataset.ts";
import { isFloor, type ModelName, modelNames } from "../src/models/configuration.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { measureScript } from "./measuring/measured-process.ts";
import { madeUpDataset, modalitiesOfToday, sizes } from "./measuring/sizes.ts";
import { resultSchema, type Task } from "./models/ours.ts";
import { peerModels, trainPeer } from "./models/peers.ts";
import { type Measured, modelsTable } from "./models/table.ts";
import { profileTable } from "./speed/tables.ts";

const usage = `Usage: npm run bench:models -- [options]
  --threads n         threads of each (default 2)
  --rounds n          turns each takes (default 2)
  --epochs n          epochs that are timed in a turn, one more before them (default 2)
  --models a,b        models of ours (default all that are trained)
  --peers a,b         of ${peerModels.join(", ")}; "none" for ours alone (default: of the models asked for)
  --batch n           batch size (default 2048)
  --profile           print where an epoch of each of ours goes, by engine operation
  --data FOLDER       keep the made-up data there and use it again (default: a temporary folder, removed)
  --python FILE       the Python with PyTorch (default /usr/bin/python3)`;

const trained = modelNames.filter((name) => !isFloor(name));
const list = z.string().transform((text) => text.split(","));
const count = z.coerce.number<string>().int().min(1);

const argumentsSchema = z.object({
  threads: count.default(2),
  rounds: count.default(2),
  epochs: count.default(2),
  models: list.pipe(z.array(z.enum(trained))).default([...trained]),
  peers: z
    .string()
    .transform((text) => (text === "none" ? [] : text.split(",")))
    .pipe(z.array(z.enum(peerModels)))
    .optional(),
  batch: count.default(2048),
  profile: z.boolean().default(false),
  data: z.string().optional(),
  python: z.string().default("/usr/bin/python3"),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      threads: text,
      rounds: text,
      epochs: text,
      models: text,
      peers: text,
      batch: text,
      profile: { type: "boolean" },
      data: text,
      python: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

const seed = 1;
const ours = join(import.meta.dirname, "models/ours.ts");

async function takeTurns(given: Arguments, data: string): Promise<readonly Measured[]> {
  const { threads, epochs, batch: batchSize, python, models, rounds } = given;
  const wantedPeers: readonly ModelName[] = given.peers ?? peerModels;
  const measured = models.map((model): Measured => ({ model, ours: [], peers: [], loads: [] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { model, ours: own, peers, loads } of measured) {
      const say = (who: string): void => {
        loads.push(loadavg()[0] ?? 0);
        console.error(`round ${round} of ${rounds}: ${model}, ${who}`);
      };
      say("Latticework");
      const task: Task = { model, data, threads, batchSize, epochs, seed, profile: false };
      own.push(await measureScript(ours, task, resultSchema));
      const peer = peerModels.find((name) => name === model);
      if (peer === undefined || !wantedPeers.includes(peer)) continue;
      say("PyTorch");
      peers.push(await trainPeer(peer, { python, data, threads, batchSize, epochs, seed }));
    }
  }
  return measured;
}

async function printProfiles({ models, threads, epochs, batch: batchSize }: Arguments, data: string): Promise<void> {
  for (const model of models) {
    const task: Task = { model, data, threads, batchSize, epochs, seed, profile: true };
    console.log(`### ${model}\n`);
    console.log(profileTable(await measureScript(ours, task, resultSchema), threads));
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const data = given.data ?? mkdtempSync(join(tmpdir(), "latticework-models-"));
  try {
    if (!existsSync(join(data, "synthetic.inter"))) {
      console.error("writing the made-up dataset");
      mkdirSync(data, { recursive: true });
      writeDataset(data, madeUpDataset(sizes.baby, seed, modalitiesOfToday));
    }
    console.log(modelsTable(await takeTurns(given, data), given.threads));
    if (given.profile) await printProfiles(given, data);
  } finally {
    if (given.data === undefined) rmSync(data, { recursive: true, force: true });
  }
}

await main();
