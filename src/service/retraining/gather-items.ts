/**
 * The items of the next dataset: those of the dataset before that were not deleted, in their order, then those that only the store has. Features
 * are the store's where it has some, as the shop gave them or as the same encoders made them, else those of the dataset before.
 */
import path from "node:path";
import type { Dataset, FeatureSource } from "../../data/dataset.ts";
import type { ModalityInput } from "../../data/index.ts";
import type { Breather } from "../../training/breather.ts";
import type { Store, StoredItem } from "../store/store.ts";
import { createRowSpill, type RowSpill } from "./row-spill.ts";

export interface GatheredItems {
  readonly ids: readonly string[];
  readonly titles: readonly string[] | undefined;
  /** By index: the index in the dataset before, -1 for one that is new. */
  readonly earlier: Int32Array;
  readonly modalities: readonly ModalityInput[];
  /** Items of the dataset before whose features are others now, by id. */
  readonly changed: ReadonlySet<string>;
  /** Gives the rows put aside back; features cannot be read afterwards. */
  close(): void;
}

interface GatheringModality {
  readonly name: string;
  readonly before: FeatureSource;
  readonly missingBefore: ReadonlySet<number>;
  readonly spill: RowSpill;
  /** Place in the spill by item id. */
  readonly places: Map<string, number>;
}

/** The store's row of an item in a modality, where it is one. */
function storedRow(
  { features, encoded }: StoredItem,
  modality: string,
  columns: number,
  encoders: string,
): Float32Array | undefined {
  const row = features[modality] ?? (encoded.by === encoders ? encoded.features[modality] : undefined);
  return row?.length === columns && row.some((value) => value !== 0) ? row : undefined;
}

function isSameRow(before: FeatureSource, index: number, row: Float32Array): boolean {
  const own = new Float32Array(before.columns);
  before.read(index, index + 1, own);
  return own.every((value, column) => value === row[column]);
}

/** Rows from the spill where they are there, the others from before in pieces as long as possible, zeros where there are none. */
function gatheredFeatures(
  { before, spill, places, missingBefore }: GatheringModality,
  ids: readonly string[],
  earlier: Int32Array,
): { readonly features: FeatureSource; readonly missing: Int32Array } {
  const { columns } = before;
  const own = Int32Array.from(ids, (id) => places.get(id) ?? -1);
  const fromBefore = (item: number): boolean =>
    own[item] < 0 && earlier[item] >= 0 && !missingBefore.has(earlier[item]);
  const read = (from: number, to: number, out: Float32Array | Float64Array): void => {
    const row = new Float32Array(columns);
    for (let item = from; item < to; ) {
      const at = (item - from) * columns;
      let next = item + 1;
      if (fromBefore(item)) {
        while (next < to && fromBefore(next) && earlier[next] === earlier[next - 1] + 1) next++;
        before.read(earlier[item], earlier[item] + next - item, out.subarray(at, at + (next - item) * columns));
      } else if (own[item] >= 0) {
        spill.read(own[item], row);
        out.set(row, at);
      } else out.fill(0, at, at + columns);
      item = next;
    }
  };
  const missing = Int32Array.from([...ids.keys()].filter((item) => own[item] < 0 && !fromBefore(item)));
  return { features: { rows: ids.length, columns, read }, missing };
}

export interface GatherItemsRequest {
  readonly store: Store;
  readonly before: Dataset;
  /** Folder for rows put aside. */
  readonly scratch: string;
  /** What made encoded features that count. */
  readonly encoders: string;
  /** Asked at each block of items. */
  readonly breather: Breather;
}

export async function gatherItems(request: GatherItemsRequest): Promise<GatheredItems> {
  const { store, before, scratch, encoders, breather } = request;
  const deleted = new Set(await store.deletedItems());
  const indices = new Map(before.itemIds.map((id, index) => [id, index]));
  const modalities = before.modalities.flatMap(({ name, features, missing }, place): GatheringModality[] => {
    if (features === undefined) return [];
    const spill = createRowSpill(path.join(scratch, `rows-${place}`), features.columns);
    return [{ name, before: features, missingBefore: new Set(missing), spill, places: new Map() }];
  });
  const close = (): void => {
    for (const { spill } of modalities) spill.close();
  };
  try {
    const titles = new Map<string, string>();
    const changed = new Set<string>();
    const added: string[] = [];
    for await (const block of store.items()) {
      if (breather.isDue()) await breather.turn();
      for (const item of block) {
        const index = indices.get(item.id);
        if (index === undefined) added.push(item.id);
        if (item.title !== undefined) titles.set(item.id, item.title);
        for (const modality of modalities) {
          const row = storedRow(item, modality.name, modality.before.columns, encoders);
          if (row === undefined) continue;
          const known = index !== undefined && !modality.missingBefore.has(index);
          if (known && isSameRow(modality.before, index, row)) continue;
          modality.places.set(item.id, modality.spill.add(row));
          if (index !== undefined) changed.add(item.id);
        }
      }
    }
    const ids = [...before.itemIds.filter((id) => !deleted.has(id)), ...added];
    const earlier = Int32Array.from(ids, (id) => indices.get(id) ?? -1);
    return {
      ids,
      titles:
        before.itemTitles === undefined && titles.size === 0
          ? undefined
          : ids.map((id, item) => titles.get(id) ?? before.itemTitles?.[earlier[item]] ?? ""),
      earlier,
      modalities: modalities.map((modality) => ({
        name: modality.name,
        ...gatheredFeatures(modality, ids, earlier),
      })),
      changed,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
