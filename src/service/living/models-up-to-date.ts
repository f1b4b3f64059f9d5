/** Opens a version with the encoders of its dataset, and brings it up to date with the catalogue of the store, while others are served. */
import { setImmediate } from "node:timers/promises";
import type { RunIndexOptions } from "../../recommender/index.ts";
import type { Store } from "../store/store.ts";
import { encodedAnew } from "./encode-items.ts";
import { encoderOrigin } from "./encoder-origin.ts";
import { openItemEncoding } from "./item-encoding.ts";
import type { OpenedModel } from "./item-writes.ts";
import { openServedModel } from "./served-model.ts";

export interface UpToDateRequest {
  readonly store: Store;
  /** Where the dataset of one run moved; others have it where they were trained. */
  readonly dataset?: { readonly run: string; readonly folder: string } | undefined;
  /** Lists come from an approximate index, kept with each run. */
  readonly index?: RunIndexOptions | undefined;
  readonly now: () => number;
}

export async function disposeOpened({ model, encoding }: OpenedModel): Promise<void> {
  model.close();
  await encoding.encoding.close();
}

/** @returns opens a version of a folder; it throws RunError when the run cannot be opened, or what the store throws */
export function modelsUpToDate(request: UpToDateRequest): (version: string, folder: string) => Promise<OpenedModel> {
  const { store, index, now } = request;
  const open = async (version: string, folder: string): Promise<OpenedModel> => {
    const moved = folder === request.dataset?.run ? request.dataset.folder : undefined;
    const model = await openServedModel({ version, folder, dataset: moved, index, now });
    try {
      const { dataset } = model.recommender.run.config;
      const ownFolder = moved ?? dataset.folder;
      const origin = ownFolder === undefined ? undefined : encoderOrigin(ownFolder, dataset.fingerprint);
      const encoding = await openItemEncoding(origin?.folder, [...model.modalities.keys()]);
      return { model, encoding: { by: origin?.fingerprint ?? dataset.fingerprint, encoding } };
    } catch (error) {
      model.close();
      throw error;
    }
  };
  const bringUpToDate = async ({ model, encoding }: OpenedModel): Promise<void> => {
    for await (const block of store.items()) {
      await model.put(await encodedAnew(encoding, block, store));
      // An embedded store answers without waiting: whoever is served meanwhile gets a turn here.
      await setImmediate();
    }
    model.remove(await store.deletedItems());
  };
  return async (version, folder) => {
    const opened = await open(version, folder);
    try {
      await bringUpToDate(opened);
      return opened;
    } catch (error) {
      await disposeOpened(opened);
      throw error;
    }
  };
}
