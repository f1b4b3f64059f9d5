/** A run that is open: its catalogue, its people, its map, over a recommender that somebody else closes. */
import type { Recommender } from "../../recommender/index.ts";
import { modelTitle } from "../../runs/report/names.ts";
import type { RunConfig } from "../../runs/run-format.ts";
import type { ItemPage, RunCard } from "../api.ts";
import { type CatalogueParts, createStudioCatalogue, type StudioCatalogue } from "./catalogue.ts";
import type { Fact, ItemFacts } from "./item-facts.ts";
import { type ItemMaps, openItemMaps } from "./map/item-map.ts";
import { itemPages } from "./neighbours.ts";
import { openPeople, type People } from "./people.ts";
import { openPictures, type Pictures } from "./pictures.ts";

export interface OpenedRun {
  readonly recommender: Recommender;
  readonly catalogue: StudioCatalogue;
  /** What the dataset says of the items. */
  readonly facts: ItemFacts;
  /** Those of the dataset. */
  readonly pictures: Pictures;
  readonly itemPage: (id: string, facts: readonly Fact[]) => ItemPage;
  readonly people: People;
  readonly maps: ItemMaps;
  /** Ends the map's layout and the pictures, not the recommender. */
  close(): void;
}

/** @param living what says more of the items than the dataset does, and changes; default: the dataset alone @throws ConfigError when the image folder does not exist */
export async function openForStudio(
  recommender: Recommender,
  facts: ItemFacts,
  living: Omit<CatalogueParts, "recommender"> = {
    categoriesOf: facts.categoriesOf,
    hasPicture: (id) => facts.pictureOf(id) !== undefined,
    changes: () => 0,
  },
): Promise<OpenedRun> {
  const weights = recommender.run.weights();
  const pictures = await openPictures(facts);
  const catalogue = createStudioCatalogue({ recommender, ...living });
  const maps = openItemMaps({ recommender, weights, catalogue, changes: living.changes });
  return {
    recommender,
    catalogue,
    facts,
    pictures,
    itemPage: itemPages({ recommender, weights, catalogue }),
    people: openPeople({ recommender, weights, catalogue }),
    maps,
    close: () => {
      maps.close();
      pictures.close();
    },
  };
}

/** What the page says of a run before it is opened. */
export function cardOf(name: string, config: RunConfig): RunCard {
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
