/**
 * Runs that differ in nothing but the seed, as one line of a leaderboard: its figures are means over them. Copies of a run count once, and what was
 * warm-started, or trained by another version of latticework, is a line of its own.
 */
import { createHash } from "node:crypto";
import type { Run } from "../runs/open-run.ts";
import { modelTitle } from "../runs/report/names.ts";
import { splits } from "../runs/weights.ts";
import { publishedFigures } from "./published-figures.ts";

export interface RunGroup {
  /** One a seed; never empty. */
  readonly runs: readonly Run[];
  readonly task: string;
  readonly dataset: string;
  readonly split: string;
  /** With what tells it apart from others of its model in its table. */
  readonly name: string;
  readonly source: string;
}

type Unnamed = Omit<RunGroup, "name"> & { readonly first: Run };

/** Tells apart how users' items were divided, whatever modalities a run used. */
function hashOfSplit(run: Run): string {
  const hash = createHash("sha256");
  const { interactions } = run.weights();
  for (const split of splits) {
    for (const { buffer, byteOffset, byteLength } of [
      interactions[split].rowPointers,
      interactions[split].columnIndices,
    ]) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest("hex").slice(0, 8);
}

function splitOf(run: Run, said: string | undefined): string {
  const split = said === undefined ? `of the dataset, ${hashOfSplit(run)}` : (publishedFigures.splits[said] ?? said);
  return run.config.options.maskValidation ? `${split}, validation items left out` : split;
}

function taskOf({ config }: Run): string {
  return config.options.validateCandidates === "cold" ? `${publishedFigures.task}, cold start` : publishedFigures.task;
}

/** Of a dataset with all that its features held; what a run did not note is left out. */
function identityOf({ fingerprint, modalities }: Run["config"]["dataset"]): string {
  const contents = modalities.flatMap(({ name, content }) => (content === undefined ? [] : [[name, content]]));
  if (contents.length === 0) return fingerprint;
  return createHash("sha256")
    .update(JSON.stringify([fingerprint, contents]))
    .digest("hex");
}

/** All but the seed that decides a run's figures. */
function keyOf({ config }: Run): string {
  const { dataset, model, backbone, options, warmStart, environment } = config;
  const isWarm = warmStart !== undefined;
  return JSON.stringify([identityOf(dataset), model, backbone, options, isWarm, environment.latticework]);
}

/** What may tell a run apart from others of its model, in words. */
function traitsOf({ config }: Run): string[] {
  const options = Object.entries(config.options).map(
    ([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  const modalities = config.dataset.modalities.flatMap(({ name, columns, neighbourWidth, missing }) => [
    ...(columns === undefined ? [] : [`${name} features of width ${columns}`]),
    ...(neighbourWidth === undefined ? [] : [`${name} neighbours of width ${neighbourWidth}`]),
    ...(missing === undefined ? [] : [`${name} missing for ${missing} items`]),
  ]);
  return [...options, ...(config.warmStart === undefined ? [] : ["warm start"]), ...modalities];
}

const withTraits = (title: string, traits: readonly string[]): string =>
  traits.length === 0 ? title : `${title} (${traits.join(", ")})`;

/** @param table groups that stand in one */
function named(table: readonly Unnamed[]): RunGroup[] {
  const described = table.map(({ first, ...group }) => {
    const title = modelTitle(first.config);
    return { group, title, traits: traitsOf(first), identity: identityOf(first.config.dataset) };
  });
  const told = described.map((one) => {
    const alike = described.filter((other) => other !== one && other.title === one.title);
    return { ...one, traits: one.traits.filter((trait) => alike.some(({ traits }) => !traits.includes(trait))) };
  });
  const lineOf = ({ group, title, traits }: (typeof told)[number]): string =>
    JSON.stringify([withTraits(title, traits), group.source]);
  return told.map((one) => {
    const isAlone = !told.some((other) => other !== one && lineOf(other) === lineOf(one));
    const traits = isAlone ? one.traits : [...one.traits, `dataset ${one.identity.slice(0, 8)}`];
    return { ...one.group, name: withTraits(one.title, traits) };
  });
}

/** @param said the split that all are said to be of */
export function groupRuns(runs: readonly Run[], said: string | undefined): RunGroup[] {
  const groups = [...Map.groupBy(runs, keyOf).values()].flatMap((alike): Unnamed[] => {
    const bySeed = Map.groupBy(alike, ({ config }) => config.seed);
    const [first, ...others] = [...bySeed.values()].flatMap((copies) => copies.slice(0, 1));
    if (first === undefined) return [];
    const { dataset, environment } = first.config;
    return [
      {
        first,
        runs: [first, ...others],
        task: taskOf(first),
        dataset: dataset.name,
        split: splitOf(first, said),
        source: `latticework ${environment.latticework}`,
      },
    ];
  });
  const tables = Map.groupBy(groups, ({ task, dataset, split }) =>
    JSON.stringify([task, dataset.toLowerCase(), split]),
  );
  return [...tables.values()].flatMap(named);
}
