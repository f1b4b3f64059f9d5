/** The latent item graph of a run as a map: laid out once, in a thread of its own, when it is first asked for, and kept. */
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
}

const workerFile = path.join(import.meta.dirname, `layout-worker${path.extname(import.meta.filename)}`);

/** The category that stands first and alone, of the levels that an item has. */
const topLevel = (categories: readonly string[]): string | undefined =>
  categories.find((category) => !category.includes(" > "));

function assembled({ recommender, catalogue }: MapParts, edges: MapEdges, layout: Layout): ItemMap {
  const { ids, config } = recommender.run;
  const tiles = ids.items.map((_, item) => catalogue.tile(item));
  const tops = tiles.map(({ categories }) => topLevel(categories));
  const sizes = new Map<string, number>();
  for (const top of tops) if (top !== undefined) sizes.set(top, (sizes.get(top) ?? 0) + 1);
  const categories = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || a.localeCompare(b));
  const places = new Map(categories.map((name, place) => [name, place]));
  const rounded = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toFixed(2)));
  return {
    state: "ready",
    ids: ids.items,
    ...(ids.titles === undefined ? {} : { titles: ids.titles }),
    x: rounded(layout.x),
    y: rounded(layout.y),
    community: [...layout.community],
    popularity: tiles.map(({ popularity }) => popularity),
    categories,
    category: tops.map((top) => (top === undefined ? -1 : (places.get(top) ?? -1))),
    modalities: config.dataset.modalities.map(({ name }) => name),
    modality: [...edges.itemModality],
    edges: { from: [...edges.from], to: [...edges.to], modality: [...edges.modality] },
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
  let ready: ItemMap | undefined;
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
        ready = assembled(parts, edges, message.layout);
        worker = undefined;
      }
    });
    worker.on("error", (error) => {
      failure = error;
      worker = undefined;
    });
  };
  return {
    answer: () => {
      if (ready !== undefined) return ready;
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
        ready = assembled(parts, edges, kept);
        return ready;
      }
      begin(edges);
      return { state: "working", share: 0 };
    },
    close: () => {
      void worker?.terminate();
    },
  };
}
