/** Whether the versions of the model that a service offers are whole, and what killed trainings left is gone. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { openRun } from "../../src/runs/open-run.ts";
import { foldersOf } from "../../src/service/retraining/version-folders.ts";

const modelsAnswer = z.object({
  served: z.string(),
  versions: z.array(z.object({ version: z.string(), note: z.looseObject({ outcome: z.string().default("") }) })),
});
const listAnswer = z.object({ model: z.string(), items: z.array(z.unknown()).min(1) });
const begunAnswer = z.object({ begun: z.boolean() });

export type Versions = z.output<typeof modelsAnswer>;

const patience = 30_000;

async function ask<T extends z.ZodType>(schema: T, url: string, path: string, method = "GET"): Promise<z.output<T>> {
  const answer = await fetch(url + path, { method, signal: AbortSignal.timeout(patience) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} is answered ${answer.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

export const versionsOf = (url: string): Promise<Versions> => ask(modelsAnswer, url, "/v1/models");

/** @returns false where one is under way */
export const beginRetraining = async (url: string): Promise<boolean> =>
  (await ask(begunAnswer, url, "/v1/models/retrain", "POST")).begun;

/** Waits for something at most as long as anything may take. @returns whether it came */
export async function comes(holds: () => boolean | Promise<boolean>, milliseconds = patience): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > until) return false;
    await setTimeout(20);
  }
  return true;
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).toSorted() : []);
export const foldersIn = namesIn;

const retrained = ({ versions }: Versions): readonly string[] =>
  versions.flatMap(({ version, note }) => (note.outcome === "" ? [] : [version])).toSorted();

function opens(versions: string, version: string): boolean {
  const { run, dataset } = foldersOf(versions, version);
  try {
    openRun(run).weights();
    return existsSync(join(dataset, "dataset.json"));
  } catch {
    return false;
  }
}

/** @param known versions that were opened before; those opened now are added @returns faults */
export async function versionFaults(url: string, versions: string, known: Set<string>): Promise<readonly string[]> {
  const faults: string[] = [];
  const listed = await versionsOf(url);
  for (const version of retrained(listed)) {
    if (known.has(version) || opens(versions, version)) known.add(version);
    // A training that is ending may be taking it away.
    else if (retrained(await versionsOf(url)).includes(version))
      faults.push(`version ${version} is listed and not whole`);
  }
  // Nobody rolls back here: what won last is in charge, at once after a restart and a moment after a training.
  let served = "";
  const follows = await comes(async () => {
    const now = await versionsOf(url);
    served = now.served;
    return now.versions.findLast(({ note }, place) => place === 0 || note.outcome === "served")?.version === served;
  });
  if (!follows) faults.push(`${served} is served and not what won last`);
  const { model } = await ask(listAnswer, url, "/v1/users/1/recommendations");
  const after = await versionsOf(url);
  if (![...listed.versions, ...after.versions].some(({ version }) => version === model)) {
    faults.push(`a list is of ${model}, which is no version`);
  }
  return faults;
}

/** Lets one retraining end, and looks at what is left then. @param scratch folder for temporary files of the processes */
export async function retrainingFaults(
  { url, pid }: { readonly url: string; readonly pid: number },
  versions: string,
  scratch: string,
): Promise<readonly string[]> {
  const before = retrained(await versionsOf(url));
  const ends = await comes(async () => {
    await beginRetraining(url);
    return !isDeepStrictEqual(retrained(await versionsOf(url)), before);
  }, 2 * patience);
  if (!ends) return ["no retraining comes to an end any more"];
  let left: readonly string[] = [];
  const tidy = await comes(async () => {
    const listed = retrained(await versionsOf(url));
    const files = existsSync(versions) ? readdirSync(versions, { recursive: true, encoding: "utf8" }) : [];
    left = [
      ...namesIn(versions).filter((name) => !listed.includes(name)),
      ...files.filter((name) => name.endsWith(".tmp")),
      ...namesIn(scratch).filter((name) => !name.includes(`-${pid}-`)),
    ];
    return left.length === 0;
  });
  return tidy ? [] : [`left behind: ${left.join(", ")}`];
}
