/**
 * The latent item graph of a run as a map: laid out once, in a thread of its own, when it is first asked for, and kept. Items that were taken out since are not
 * on it; those that came since have no place on it and are counted.
 */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { Recommender } from "../../../recommender/index.ts";
import type { RunWeights } from "../../../runs/weights.ts";
import type { ItemMap, MapAnswer } from "../../api.ts";
import type { StudioCatalogue } from "../catalogue.ts";
import { linksOf } from "../neighbours.ts";
import { type MapEdges, mapEdges } from "./edges.ts";
import { keepLayout, readLayout } from "./kept-layout.ts";
import type { Layout, LayoutRequest } from "./layout.ts";
import type { LayoutMessage } from "./layout-worker.ts";

export interface ItemMaps {
  /** What there is now; starts the layout where there is none. @throws what the layout failed with */
  answer(): MapAnswer;
  close(): void;
}

interface MapParts {
  readonly recommender: Recommender;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: StudioCatalogue;
  /** Another number after every change of the catalogue. */
  changes(): number;
}

const workerFile = path.join(import.meta.dirname, `layout-worker${path.extname(import.meta.filename)}`);

/** The category that stands first and alone, of the levels that an item has. */
const topLevel = (categories: readonly string[]): string | undefined =>
  categories.find((category) => !category.includes(" > "));

interface LaidOut {
  readonly edges: MapEdges;
  readonly layout: Layout;
}

function assembled({ recommender, catalogue }: MapParts, { edges, layout }: LaidOut): ItemMap {
  const { ids, config } = recommender.run;
  const items = [...ids.items.keys()].filter((item) => recommender.has(ids.items[item] ?? ""));
  const placeOf = new Int32Array(ids.items.length).fill(-1);
  for (const [place, item] of items.entries()) placeOf[item] = place;
  const tiles = items.map((item) => catalogue.tile(ids.items[item] ?? ""));
  const tops = tiles.map(({ categories }) => topLevel(categories));
  const sizes = new Map<string, number>();
  for (const top of tops) if (top !== undefined) sizes.set(top, (sizes.get(top) ?? 0) + 1);
  const categories = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || a.localeCompare(b));
  const places = new Map(categories.map((name, place) => [name, place]));
  const rounded = (values: Float32Array): number[] => items.map((item) => Number((values[item] ?? 0).toFixed(2)));
  const shownEdges = [...edges.from.keys()].filter(
    (e) => placeOf[edges.from[e] ?? -1] !== -1 && placeOf[edges.to[e] ?? -1] !== -1,
  );
  const known = new Set(ids.items);
  return {
    state: "ready",
    ids: tiles.map(({ id }) => id),
    ...(tiles.some(({ title }) => title !== undefined) ? { titles: tiles.map(({ id, title }) => title ?? id) } : {}),
    x: rounded(layout.x),
    y: rounded(layout.y),
    community: items.map((item) => layout.community[item] ?? 0),
    popularity: tiles.map(({ popularity }) => popularity),
    categories,
    category: tops.map((top) => (top === undefined ? -1 : (places.get(top) ?? -1))),
    modalities: config.dataset.modalities.map(({ name }) => name),
    modality: items.map((item) => edges.itemModality[item] ?? -1),
    edges: {
      from: shownEdges.map((e) => placeOf[edges.from[e] ?? -1] ?? -1),
      to: shownEdges.map((e) => placeOf[edges.to[e] ?? -1] ?? -1),
      modality: shownEdges.map((e) => edges.modality[e] ?? -1),
    },
    addedLater: recommender.itemIds().filter((id) => !known.has(id)).length,
  };
}

function edgesOf({ recommender, weights }: MapParts): MapEdges | undefined {
  const { ids, config } = recommender.run;
  const links = linksOf(recommender, weights);
  if (links !== undefined) {
    return mapEdges(ids.items.length, { links, modalities: config.dataset.modalities.map(({ name }) => name) });
  }
  return weights.itemGraph === undefined ? undefined : mapEdges(ids.items.length, { graph: weights.itemGraph });
}

export function openItemMaps(parts: MapParts): ItemMaps {
  const { folder, ids } = parts.recommender.run;
  let laidOut: LaidOut | undefined;
  let ready: { readonly at: number; readonly map: ItemMap } | undefined;
  let failure: Error | undefined;
  let worker: Worker | undefined;
  let share = 0;

  const begin = (edges: MapEdges): void => {
    const { from, to, weight } = edges;
    const workerData: LayoutRequest = { items: ids.items.length, from, to, weight };
    worker = new Worker(workerFile, { workerData, execArgv: [] });
    worker.on("message", (message: LayoutMessage) => {
      if ("share" in message) share = message.share;
      else {
        keepLayout(folder, message.layout);
        laidOut = { edges, layout: message.layout };
        worker = undefined;
      }
    });
    worker.on("error", (error) => {
      failure = error;
      worker = undefined;
    });
  };
  const readyMap = (from: LaidOut): ItemMap => {
    const at = parts.changes();
    if (ready?.at !== at) ready = { at, map: assembled(parts, from) };
    return ready.map;
  };
  return {
    answer: () => {
      if (laidOut !== undefined) return readyMap(laidOut);
      if (failure !== undefined) {
        const told = failure;
        failure = undefined;
        throw told;
      }
      if (worker !== undefined) return { state: "working", share };
      const edges = edgesOf(parts);
      if (edges === undefined) {
        return {
          state: "none",
          reason: "This model learns no item graph. Choose a run of LATTICE, FREEDOM or item-knn to see one.",
        };
      }
      const kept = readLayout(folder, ids.items.length);
      if (kept !== undefined) {
        laidOut = { edges, layout: kept };
        return readyMap(laidOut);
      }
      begin(edges);
      return { state: "working", share: 0 };
    },
    close: () => {
      void worker?.terminate();
    },
  };
}
