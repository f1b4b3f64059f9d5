/** What changes in a recommender while it serves: items come by their features, are placed anew, hidden, shown again, renamed and taken out. The run stays as it is. */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import type { Run } from "../runs/open-run.ts";
import type { Catalogue } from "./catalogue.ts";
import { sameFeatures } from "./known-features.ts";
import { checkNewItems, type NewItem, openPlacement } from "./new-items.ts";
import type { Placement } from "./placed-item.ts";

export interface LivingItems {
  /**
   * Adds items that the run was not trained with, all or none, in memory: they can be recommended at once and are gone when the recommender
   * is closed. The rule stands in `lattice-placement.ts`. The first call reads the features of the dataset.
   * @throws ConfigError for an id that is known, a modality the run does not have, features of another length, values that are not finite, or
   * a model that cannot place items by their features; DatasetError when the dataset cannot be found or is another one
   * @param options replace: an item that is known is placed anew; what was learned of one that the run was trained with is kept, as are
   * its features in modalities that are not given; with the features of the training it is as it was
   */
  addItems(items: readonly NewItem[], options?: { readonly replace?: boolean }): Promise<void>;
  /** Modalities that added items can have, with their feature columns. @throws as `addItems` for a run that takes none */
  newItemModalities(): Promise<ReadonlyMap<string, number>>;
  /**
   * From now on these items appear nowhere: in no list, no explanation, and their ids are refused; histories may hold them all the same.
   * @throws ConfigError for an unknown id
   */
  hideItems(itemIds: readonly string[]): void;
  /** Takes `hideItems` back for those of these items that are hidden. */
  showItems(itemIds: readonly string[]): void;
  /** Known and not hidden. */
  has(itemId: string): boolean;
  /** Known, hidden or not: may stand in a history. */
  knows(itemId: string): boolean;
  /** Whether the run was trained with an item, hidden or not. */
  wasTrained(itemId: string): boolean;
  /** In which the run's dataset has features of an item; none for one it was not trained with, and as long as `newItemModalities` was not asked for, or fails. */
  modalitiesOf(itemId: string): readonly string[];
  /** What these items are called from now on, where it is not what the run says; undefined for what it says. @throws ConfigError for an unknown id */
  setTitles(titles: Iterable<readonly [id: string, title: string | undefined]>): void;
  /** Takes added items out again; not while `recommendAll` goes on. @throws ConfigError for an item that was not added */
  removeItems(itemIds: readonly string[]): void;
}

interface LivingItemsParts {
  readonly engine: Engine;
  readonly run: Run;
  readonly catalogue: Catalogue;
  /** The dataset the run was trained on, or its folder; default: where it was read from then. */
  readonly dataset: Dataset | string | undefined;
}

export function createLivingItems({ engine, run, catalogue, dataset }: LivingItemsParts): {
  readonly items: LivingItems;
  dispose(): void;
} {
  let placement: Placement | undefined;
  let opening: Promise<Placement> | undefined;

  /** Opened once, also by calls at the same time; after a failure the next call tries again. */
  const placing = async (): Promise<Placement> => {
    opening ??= openPlacement(engine, run, dataset);
    try {
      placement = await opening;
      return placement;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };

  return {
    items: {
      has: (itemId) => catalogue.has(itemId) && catalogue.isShown(catalogue.takenIndexOf(itemId)),
      knows: catalogue.has,
      wasTrained: (itemId) => catalogue.ofRun(itemId) !== undefined,
      modalitiesOf: (itemId) => {
        const item = catalogue.ofRun(itemId);
        return item === undefined ? [] : [...(placement?.featuresOf(item).keys() ?? [])];
      },
      setTitles: catalogue.setTitles,
      newItemModalities: async () => (await placing()).modalities,
      hideItems: (itemIds) => catalogue.setHidden(new Set([...catalogue.hiddenIds, ...itemIds])),
      showItems: (itemIds) => {
        const shown = new Set(itemIds);
        catalogue.setHidden(new Set([...catalogue.hiddenIds].filter((id) => !shown.has(id))));
      },
      addItems: async (items, { replace = false } = {}) => {
        const { modalities, place, featuresOf } = await placing();
        const checked = checkNewItems(items, catalogue, modalities, replace);
        const changed = items
          .map((item, n) => {
            const standsFor = catalogue.ofRun(item.id);
            const trained = standsFor === undefined ? [] : featuresOf(standsFor);
            return { ...item, features: new Map([...trained, ...checked[n]]), standsFor };
          })
          .filter(
            ({ features, standsFor }) => standsFor === undefined || !sameFeatures(features, featuresOf(standsFor)),
          );
        const placed = place(
          changed.map(({ features }) => features),
          changed.map(({ standsFor }) => standsFor),
        );
        const added = changed.map(({ id, title, categories: own }, n) => ({
          id,
          title,
          categories: own,
          placed: placed[n],
        }));
        const gone = new Set(items.map(({ id }) => id));
        const kept = replace ? catalogue.added.filter(({ id }) => !gone.has(id)) : catalogue.added;
        catalogue.replaceAdded([...kept, ...added]);
      },
      removeItems: (itemIds) => {
        const gone = new Set(itemIds.map(catalogue.takenIndexOf));
        const trained = itemIds.find((id) => catalogue.takenIndexOf(id) < catalogue.trained);
        if (trained !== undefined) {
          throw new ConfigError(
            `item ${JSON.stringify(trained)} was trained with and cannot be removed; hide it (hideItems), or leave it out of lists with the option deny`,
          );
        }
        catalogue.replaceAdded(catalogue.added.filter((_, n) => !gone.has(catalogue.trained + n)));
      },
    },
    dispose: () => placement?.dispose(),
  };
}
