/**
 * Every ablation of the LATTICE paper on one dataset: each backbone alone, with features concatenated and with LATTICE; one modality at a time; λ from 0
 * (learned graph only) to 1 (initial graph only); k from 2 to 50; 0 to 4 item layers. All by configuration, as one comparison, which
 * goes on where it was when it was stopped.
 *
 *     npm run bench:ablations -- --dataset FOLDER --out ABLATIONS
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { compareModels } from "../src/comparison/compare.ts";
import { chooseContenders } from "../src/comparison/contenders.ts";
import { labelOf } from "../src/comparison/trainings.ts";
import { readDataset } from "../src/data/index.ts";
import { parseSettings } from "../src/training/parse-options.ts";
import { ablationsOf } from "./ablations/contenders.ts";
import { ablationsMarkdown, ablationsPage } from "./ablations/page.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:ablations -- --dataset FOLDER --out ABLATIONS [options]
  --seeds n         seeds 1 to n of every training (default 1)
  --set key=value   lay an option over all trainings (repeatable), e.g. learningRate=0.001
  --parallel n      trainings at a time (default 1)
  --threads n       threads of a training (default: the processors, shared)
  --list            print the settings and stop`;

const argumentsSchema = z.object({
  dataset: z.string(),
  out: z.string(),
  seeds: z.coerce.number().int().min(1).default(1),
  set: z.array(z.string()).default([]),
  parallel: z.coerce.number().int().min(1).default(1),
  threads: z.coerce.number().int().min(1).optional(),
  list: z.boolean().default(false),
});

function readArguments(): z.infer<typeof argumentsSchema> | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      out: text,
      seeds: text,
      set: { type: "string", multiple: true },
      parallel: text,
      threads: text,
      list: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

async function main(): Promise<void> {
  const request = readArguments();
  if (request === undefined) {
    console.log(usage);
    return;
  }
  const { dataset, out, seeds, parallel, threads } = request;
  const { modalities } = await readDataset(dataset);
  const ablations = ablationsOf(
    modalities.map(({ name }) => name),
    parseSettings(request.set),
  );
  if (request.list) {
    console.log(JSON.stringify(ablations.perContender, undefined, 2));
    return;
  }
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  process.on("SIGTERM", () => stop.abort());
  const comparison = await compareModels({
    dataset,
    out,
    contenders: chooseContenders({ perContender: ablations.perContender }),
    seeds: Array.from({ length: seeds }, (_, index) => index + 1),
    reference: "lattice@lightgcn",
    threads,
    parallel,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "notice") console.error(event.message);
      if (event.kind === "end") console.error(`${labelOf(event.training)}: ${event.done} of ${event.trainings}`);
      if (event.kind === "failure") console.error(`${labelOf(event.training)}: failed: ${event.message}`);
    },
  });
  if (comparison === undefined) {
    console.error("Stopped and saved; the same command goes on.");
    process.exitCode = 130;
    return;
  }
  const markdown = ablationsMarkdown(comparison, ablations);
  writeFileSync(join(out, "ablations.html"), ablationsPage(comparison, ablations));
  writeFileSync(join(out, "ablations.md"), markdown);
  console.log(`${markdown}\n${join(out, "ablations.html")} to look at`);
}

await main();
