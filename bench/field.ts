/**
 * The whole field on one dataset: every model is tuned on validation with the same number of trials, then compared over seeds with the setting that won. With one trial
 * each has the setting that a file says, or its defaults. Stopping and starting again goes on where it was.
 *
 *     npm run bench:field -- --dataset FOLDER --out FIELD --trials 8 --seeds 3
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { comparisonText } from "../src/cli/comparison-text.ts";
import { compareModels } from "../src/comparison/compare.ts";
import { chooseContenders, parsePerContender } from "../src/comparison/contenders.ts";
import { labelOf } from "../src/comparison/trainings.ts";
import { parseSettings } from "../src/training/parse-options.ts";
import { fieldContenders } from "./field/contenders.ts";
import { adoptRun, tune, tunedOptions } from "./field/tune.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:field -- --dataset FOLDER --out FIELD [options]
  --trials n        trials of each model, its starting setting included (default 8; 1: no tuning)
  --seeds n         seeds 1 to n of the comparison (default 3)
  --models a,b      only these of ${fieldContenders.map(({ name }) => name).join(", ")}
  --config FILE     JSON file of starting settings by model: { "freedom": { "regularisation": 0.001 }, "*": { … } }
  --set key=value   lay an option over all of them (repeatable)
  --parallel n      trainings at a time (default 1)
  --threads n       threads of a training (default 1)
  --settings        print what is to be tuned of whom and stop`;

const argumentsSchema = z.object({
  dataset: z.string(),
  out: z.string(),
  trials: z.coerce.number().int().min(1).default(8),
  seeds: z.coerce.number().int().min(1).default(3),
  models: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(fieldContenders.map(({ name }) => name))))
    .optional(),
  config: z.string().optional(),
  set: z.array(z.string()).default([]),
  parallel: z.coerce.number().int().min(1).default(1),
  threads: z.coerce.number().int().min(1).default(1),
});

function readArguments(): z.infer<typeof argumentsSchema> | "usage" | "settings" | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      out: text,
      trials: text,
      seeds: text,
      models: text,
      config: text,
      set: { type: "string", multiple: true },
      parallel: text,
      threads: text,
      settings: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "usage";
  if (values.settings === true) return "settings";
  return checkedArguments(argumentsSchema, values);
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) return;
  if (given === "usage") {
    console.log(usage);
    return;
  }
  if (given === "settings") {
    for (const { name, space } of fieldContenders) console.log(`${name}  ${JSON.stringify(space ?? {})}`);
    return;
  }
  const { trials, seeds, parallel, threads } = given;
  const dataset = resolve(given.dataset);
  const out = resolve(given.out);
  mkdirSync(out, { recursive: true });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  const tell = (message: string): void => console.error(message);

  const field = fieldContenders.filter(({ name }) => given.models?.includes(name) ?? true);
  const starts = chooseContenders({
    names: field.map(({ name }) => name),
    perContender:
      given.config === undefined ? {} : parsePerContender(JSON.parse(readFileSync(given.config, "utf8")), given.config),
    settings: parseSettings(given.set),
  });
  const perContender: Record<string, Record<string, unknown>> = {};
  const request = { dataset, out, trials, parallel, threads, signal: stop.signal, tell };
  for (const [index, contender] of field.entries()) {
    const start = starts[index];
    if (start === undefined) continue;
    const tuned = await tune(contender, start, request);
    if (tuned === undefined) break;
    tell(`${tuned.name}: validation ${tuned.validation.toFixed(4)} with ${JSON.stringify(tuned.setting)}`);
    perContender[tuned.name] = tunedOptions(start, tuned);
    adoptRun(tuned.run, join(out, "comparison", "runs", tuned.name, "seed-1"));
    writeFileSync(join(out, "settings.json"), `${JSON.stringify(perContender, undefined, 2)}\n`);
  }
  const comparison = stop.signal.aborted
    ? undefined
    : await compareModels({
        dataset,
        out: join(out, "comparison"),
        contenders: chooseContenders({ perContender }),
        seeds: Array.from({ length: seeds }, (_, index) => index + 1),
        threads,
        parallel,
        signal: stop.signal,
        onEvent: (event) => {
          if (event.kind === "notice") tell(event.message);
          if (event.kind === "end") tell(`${labelOf(event.training)}: ${event.done} of ${event.trainings}`);
          if (event.kind === "failure") tell(`${labelOf(event.training)}: failed: ${event.message}`);
        },
      });
  if (comparison === undefined) {
    tell("Stopped and saved; the same command goes on.");
    process.exitCode = 130;
    return;
  }
  console.log(comparisonText(comparison));
}

await main();
