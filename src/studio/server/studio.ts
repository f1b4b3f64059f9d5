/**
 * The studio over some run folders: each run is opened when it is first looked at and stays open. Everything is read; nothing of a run or a dataset is
 * ever changed, but the layout of a map is kept beside the run.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError, RunError } from "../../errors.ts";
import { openRecommender, type Recommender } from "../../recommender/index.ts";
import { packageVersion } from "../../runs/environment.ts";
import { folderState } from "../../runs/folder-state.ts";
import { readRunConfig } from "../../runs/open-run.ts";
import { modelTitle } from "../../runs/report/names.ts";
import type { RunWeights } from "../../runs/weights.ts";
import type { ComparisonPage, Health, ItemPage, RunCard, StudioSummary, Training } from "../api.ts";
import { createStudioCatalogue, type StudioCatalogue } from "./catalogue.ts";
import { inspectHealth } from "./health.ts";
import { type ItemFacts, openItemFacts } from "./item-facts.ts";
import { type ItemMaps, openItemMaps } from "./map/item-map.ts";
import { itemPages } from "./neighbours.ts";
import { openPeople, type People } from "./people.ts";
import { openPictures, type Pictures } from "./pictures.ts";
import { compareRuns, readTraining } from "./trainings.ts";

/** A run that is open. */
export interface OpenedRun {
  readonly recommender: Recommender;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: StudioCatalogue;
  readonly facts: ItemFacts;
  readonly pictures: Pictures;
  readonly itemPage: (id: string) => ItemPage;
  readonly people: People;
  readonly maps: ItemMaps;
}

export interface Studio {
  summary(): Promise<StudioSummary>;
  /** @throws ConfigError for a name that is none, RunError for a run that cannot be opened */
  run(name: string): Promise<OpenedRun>;
  /** How a run's training stands, read anew each time. @throws ConfigError for a name that is none */
  training(name: string): Training;
  /** What `inspect` says of the run's dataset. @throws DatasetError when it cannot be read */
  health(name: string): Promise<Health>;
  /** The finished runs side by side, and the leaderboard. */
  comparison(): ComparisonPage;
  close(): void;
}

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
    const weights = recommender.run.weights();
    const facts = await openItemFacts(recommender.run, dataset);
    const pictures = await openPictures(facts);
    const catalogue = createStudioCatalogue(recommender.run, weights, facts);
    const itemPage = itemPages({ recommender, weights, catalogue, facts });
    const people = openPeople({ recommender, weights, catalogue });
    const maps = openItemMaps({ recommender, weights, catalogue });
    return { recommender, weights, catalogue, facts, pictures, itemPage, people, maps };
  } catch (error) {
    recommender.close();
    throw error;
  }
}

function cardOf(name: string, folder: string): RunCard {
  const config = readRunConfig(folder);
  return {
    name,
    title: modelTitle(config),
    model: config.model,
    status: config.status,
    dataset: config.dataset.name,
    users: config.dataset.users,
    items: config.dataset.items,
    modalities: config.dataset.modalities.map((modality) => modality.name),
  };
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
  const run = (name: string): Promise<OpenedRun> => {
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
      const cards = Array.from(folders, ([name, folder]) => cardOf(name, folder));
      const first = cards.find(({ status }) => status === "finished");
      const notices = first === undefined ? [] : (await run(first.name)).facts.notices;
      return { version: packageVersion, runs: cards, notices: [...notices] };
    },
    run,
    training: (name) => readTraining(folderOf(name)),
    health: async (name) => inspectHealth((await run(name)).recommender.run, dataset),
    comparison: () => compareRuns(folders),
    close: () => {
      for (const opening of opened.values()) {
        opening.then(
          ({ recommender, pictures, maps }) => {
            maps.close();
            pictures.close();
            recommender.close();
          },
          () => {},
        );
      }
      opened.clear();
    },
  };
}
