/** New items at the border: what a program hands over, checked before anything changes, and the placement that fits the run. */
import type { Dataset, Modality } from "../data/dataset.ts";
import { readDataset } from "../data/index.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { selectModalities } from "../models/modality-selection.ts";
import type { Run } from "../runs/open-run.ts";
import type { Catalogue } from "./catalogue.ts";
import { contentPlacement } from "./content-placement.ts";
import { knownGraph } from "./known-graph.ts";
import { latticePlacement } from "./lattice-placement.ts";
import type { NewFeatures, Placement } from "./placed-item.ts";

export interface NewItem {
  /** Not one that the recommender knows already, unless it is to be replaced. */
  readonly id: string;
  readonly title?: string | undefined;
  /** For filters and boosts. */
  readonly categories?: readonly string[] | undefined;
  /** Raw features by modality, as the dataset's encoders make them; a modality that the item lacks is left out. At least one. */
  readonly features: Readonly<Record<string, ArrayLike<number>>>;
}

/** @throws ConfigError naming item, modality and place of what cannot be */
function checkFeatures({ id, features }: NewItem, modalities: Placement["modalities"]): NewFeatures {
  const checked = new Map<string, Float32Array>();
  const subject = `item ${JSON.stringify(id)}`;
  for (const [name, values] of Object.entries(features)) {
    const columns = modalities.get(name);
    if (columns === undefined) {
      throw new ConfigError(
        `${subject}: ${JSON.stringify(name)} is not a modality that new items of this run can have; it has ${[...modalities.keys()].join(", ")}`,
      );
    }
    if (values.length !== columns) {
      throw new ConfigError(
        `${subject}, ${name}: found ${values.length} values, expected ${columns} as in the dataset; use the encoder that made the dataset's`,
      );
    }
    const copy = Float32Array.from(values);
    const at = copy.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new ConfigError(`${subject}, ${name}[${at}]: found ${values[at]}, expected a finite float32 number`);
    }
    if (copy.every((value) => value === 0)) {
      throw new ConfigError(
        `${subject}, ${name}: all ${columns} values are 0; leave out a modality that the item lacks`,
      );
    }
    checked.set(name, copy);
  }
  if (checked.size === 0) {
    throw new ConfigError(
      `${subject} has no features; give those of at least one modality: ${[...modalities.keys()].join(", ")}`,
    );
  }
  return checked;
}

/** @param replace whether an item may be known already @returns the features of each item @throws ConfigError for an item that cannot be added */
export function checkNewItems(
  items: readonly NewItem[],
  catalogue: Pick<Catalogue, "has">,
  modalities: Placement["modalities"],
  replace: boolean,
): NewFeatures[] {
  const seen = new Set<string>();
  return items.map((item) => {
    const { id } = item;
    if (id === "") throw new ConfigError(`an item to add has the id "", expected at least one character`);
    if ((catalogue.has(id) && !replace) || seen.has(id)) {
      const where = seen.has(id) ? "is given twice" : "is there already";
      throw new ConfigError(`item ${JSON.stringify(id)} ${where}; remove it first, or give the new one another id`);
    }
    seen.add(id);
    return checkFeatures(item, modalities);
  });
}

/** The modalities of the run as its dataset has them. @throws ConfigError or DatasetError where it is another dataset or cannot be found */
async function modalitiesOf(run: Run, given: Dataset | string | undefined): Promise<readonly Modality[]> {
  const { folder } = run.config.dataset;
  const names = run.config.dataset.modalities.map(({ name }) => name);
  const source = given ?? folder;
  if (source === undefined) {
    throw new ConfigError(
      `run ${run.folder} was trained on a dataset in memory, and new items need its features: give it as the option dataset of openRecommender`,
    );
  }
  let dataset: Dataset;
  try {
    dataset = typeof source === "string" ? await readDataset(source, { modalities: names }) : source;
  } catch (error) {
    if (given !== undefined || !(error instanceof DatasetError)) throw error;
    throw new DatasetError(
      `new items need the features of the dataset that run ${run.folder} was trained on: ${error.message}; where it moved, give its folder as the option dataset of openRecommender`,
      { cause: error },
    );
  }
  const { ids } = run;
  if (dataset.items !== ids.items.length || dataset.itemIds.some((id, item) => id !== ids.items[item])) {
    throw new DatasetError(
      `dataset ${dataset.name} has other items than run ${run.folder} was trained on (${dataset.items}, expected ${ids.items.length}, by the same ids in the same order); give the one it was trained on`,
    );
  }
  const modalities = selectModalities(dataset, names);
  for (const { name, columns } of run.config.dataset.modalities) {
    const found = modalities.find((modality) => modality.name === name)?.features?.columns;
    if (found !== columns) {
      throw new DatasetError(
        `dataset ${dataset.name}: modality ${name} has ${found ?? "no"} feature columns, run ${run.folder} was trained with ${columns ?? "none"}; give the dataset it was trained on`,
      );
    }
  }
  return modalities;
}

/** @throws ConfigError for a run whose model cannot place an item by its features */
export async function openPlacement(engine: Engine, run: Run, given: Dataset | string | undefined): Promise<Placement> {
  const { model, options } = run.config;
  if (model === "content-knn") return contentPlacement(await modalitiesOf(run, given));
  if (model !== "lattice") {
    throw new ConfigError(
      `run ${run.folder} is of model ${model}, which cannot place items that nobody trained with; train lattice or content-knn to add such items`,
    );
  }
  if (options.itemLayers === 0) {
    throw new ConfigError(
      `run ${run.folder} has itemLayers 0: features place no item in it; train with itemLayers=1 to add items`,
    );
  }
  const modalities = await modalitiesOf(run, given);
  return latticePlacement(engine, await knownGraph(engine, run, modalities), options);
}
