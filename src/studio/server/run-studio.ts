/**
 * The studio over some run folders: each run is opened when it is first looked at and stays open. Everything is read; nothing of a run or a dataset is
 * ever changed, but the layout of a map is kept beside the run.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError, RunError } from "../../errors.ts";
import { openRecommender } from "../../recommender/index.ts";
import { packageVersion } from "../../runs/environment.ts";
import { folderState } from "../../runs/folder-state.ts";
import { readRunConfig } from "../../runs/open-run.ts";
import { inspectHealth } from "./health.ts";
import { openItemFacts } from "./item-facts.ts";
import { cardOf, type OpenedRun, openForStudio } from "./opened-run.ts";
import { whomOfRun } from "./run-whom.ts";
import type { Studio } from "./studio.ts";
import { compareRuns, readTraining } from "./trainings.ts";

export interface StudioOptions {
  /** Run folders, finished or in training, or folders with such below; the first finished one is shown first. */
  readonly runs: readonly string[];
  /** Dataset folder with the pictures and categories, where it is not the one that the runs were trained on. */
  readonly dataset?: string | undefined;
}

const deepest = 3;

/** A run folder, or those below a folder. @throws RunError when there is none */
function runFoldersIn(folder: string): readonly string[] {
  const below = (inside: string, depth: number): readonly string[] => {
    switch (folderState(inside)) {
      case "finished":
      case "unfinished":
        return [inside];
      case "absent":
      case "empty":
        return [];
      case "foreign":
        if (depth === deepest || !fs.statSync(inside).isDirectory()) return [];
        return fs
          .readdirSync(inside, { withFileTypes: true })
          .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
          .map((entry) => path.join(inside, entry.name))
          .sort()
          .flatMap((child) => below(child, depth + 1));
    }
  };
  const found = below(folder, 0);
  if (found.length > 0) return found;
  throw new RunError(`${folder} is no run folder and holds none; give folders that train wrote (--out)`);
}

/** The folder's own name, made distinct where several runs share it. */
function named(folders: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const folder of folders) {
    const base = path.basename(path.resolve(folder));
    let name = base;
    for (let n = 2; names.has(name); n++) name = `${base}-${n}`;
    names.set(name, folder);
  }
  return names;
}

async function openOne(folder: string, dataset: string | undefined): Promise<OpenedRun> {
  const recommender = await openRecommender(folder);
  try {
    return await openForStudio(recommender, await openItemFacts(recommender.run, dataset));
  } catch (error) {
    recommender.close();
    throw error;
  }
}

/** @throws RunError for a folder that is no run and holds none */
export function openStudio({ runs, dataset }: StudioOptions): Studio {
  const folders = named(runs.flatMap(runFoldersIn));
  const opened = new Map<string, Promise<OpenedRun>>();

  const folderOf = (name: string): string => {
    const folder = folders.get(name);
    if (folder !== undefined) return folder;
    throw new ConfigError(`run "${name}" is not open in this studio; it has ${[...folders.keys()].join(", ")}`);
  };
  const open = async (name: string): Promise<OpenedRun> => {
    const folder = folderOf(name);
    const found = opened.get(name);
    if (found !== undefined) return found;
    const opening = openOne(folder, dataset);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
  return {
    summary: async () => {
      const cards = Array.from(folders, ([name, folder]) => cardOf(name, readRunConfig(folder)));
      const first = cards.find(({ status }) => status === "finished");
      const notices = first === undefined ? [] : (await open(first.name)).facts.notices;
      return { version: packageVersion, runs: cards, notices: [...notices] };
    },
    wall: async (run, query) => (await open(run)).catalogue.wall(query),
    categories: async (run) => (await open(run)).catalogue.categories(),
    item: async (run, id) => {
      const { itemPage, facts } = await open(run);
      return itemPage(id, facts.factsOf(id));
    },
    picture: async (run, id, size) => {
      const { catalogue, pictures } = await open(run);
      catalogue.tile(id);
      return pictures.read(id, size);
    },
    users: async (run, query, limit) => {
      const { recommender } = await open(run);
      const { users } = recommender.run.ids;
      const wanted = query.trim().toLowerCase();
      const found = wanted === "" ? users : users.filter((id) => id.toLowerCase().includes(wanted));
      return {
        total: found.length,
        listed: true,
        users: found.slice(0, limit).map((id) => ({ id, taken: recommender.user(id)?.history.length ?? 0 })),
      };
    },
    person: async (run, query) => {
      const { people, recommender } = await open(run);
      return people.person(whomOfRun(recommender, query));
    },
    explain: async (run, query, item) => {
      const { people, recommender } = await open(run);
      const page = people.explain(whomOfRun(recommender, query), item);
      if (page === undefined) throw new ConfigError("nothing explains what is recommended without a history");
      return page;
    },
    map: async (run) => (await open(run)).maps.answer(),
    training: (name) => readTraining(folderOf(name)),
    health: async (name) => inspectHealth((await open(name)).recommender.run, dataset),
    comparison: () => compareRuns(folders),
    close: () => {
      for (const opening of opened.values()) {
        opening.then(
          (run) => {
            run.close();
            run.recommender.close();
          },
          () => {},
        );
      }
      opened.clear();
    },
  };
}
