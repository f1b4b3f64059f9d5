/** From what is served and what came into the store since to the dataset folder of the next training, in our own layout. */
import fs from "node:fs";
import path from "node:path";
import { createDataset, readDataset } from "../../data/index.ts";
import { hasDescription, readDatasetDescription, writeNativeDataset } from "../../data/native-layout.ts";
import { DatasetError, RunError } from "../../errors.ts";
import type { Run } from "../../runs/open-run.ts";
import type { Breather } from "../../training/breather.ts";
import { encoderOrigin } from "../living/encoder-origin.ts";
import type { Store } from "../store/store.ts";
import { gatherInteractions } from "./gather-interactions.ts";
import { gatherItems } from "./gather-items.ts";

export interface GatherRequest {
  readonly store: Store;
  /** The run that is served. */
  readonly run: Run;
  /** Of that run, where it moved. */
  readonly dataset?: string | undefined;
  /** Folder to make. */
  readonly out: string;
  readonly name: string;
  /** Asked at each user of the dataset before and each block of the store: SQLite answers without letting the event loop turn. */
  readonly breather: Breather;
}

export interface GatheredDataset {
  /** Dataset folder of the run that is served. */
  readonly before: string;
  readonly userIds: readonly string[];
  readonly users: number;
  readonly items: number;
  /** Pairs of a user and an item that are new. */
  readonly added: number;
  readonly validation: number;
  /** Items whose features are others now. */
  readonly changedItems: ReadonlySet<string>;
}

/**
 * @throws RunError when the run's dataset is gone, or has neighbours alone where the model needs features; DatasetError when nothing is left
 * to train or validate with
 */
export async function gatherDataset(request: GatherRequest): Promise<GatheredDataset> {
  const { store, run, dataset, out, name, breather } = request;
  const folder = dataset ?? run.config.dataset.folder;
  if (folder === undefined) {
    throw new RunError(`${run.folder} was trained on a dataset in memory; retraining needs one in a folder`);
  }
  const before = await readDataset(folder);
  const bare = before.modalities.find(
    ({ name: modality, features }) =>
      features === undefined && run.config.dataset.modalities.some((used) => used.name === modality),
  );
  if (bare !== undefined) {
    throw new RunError(
      `${folder}: modality ${bare.name} has neighbours and no features, so new items have no place in it; train a model without it first`,
    );
  }
  const encoders = encoderOrigin(path.resolve(folder), run.config.dataset.fingerprint);
  fs.mkdirSync(out, { recursive: true });
  const items = await gatherItems({ store, before, scratch: out, encoders: encoders.fingerprint, breather });
  try {
    const interactions = await gatherInteractions({
      store,
      before,
      itemIds: items.ids,
      trainedAt: Date.parse(run.config.startedAt),
      breather,
    });
    const validation = interactions.validation.users.length;
    if (validation === 0) {
      throw new DatasetError(
        "no interaction can be held out to validate with: nobody has two, of which one is new; wait until more has come in",
      );
    }
    const gathered = createDataset({
      name,
      userIds: interactions.userIds,
      itemIds: items.ids,
      itemTitles: items.titles,
      interactions: { train: interactions.train, validation: interactions.validation },
      dislikes: interactions.dislikes,
      trainWeights: interactions.trainWeights,
      modalities: items.modalities,
    });
    const description = hasDescription(folder) ? readDatasetDescription(folder) : undefined;
    await writeNativeDataset(out, gathered, {
      preparation: { gathered: { from: path.resolve(folder), run: run.folder, encoders } },
      ...(description === undefined
        ? {}
        : {
            columnsFrom: folder,
            encoders: Object.fromEntries(description.modalities.map(({ name: of, encoder }) => [of, encoder])),
            ...(description.imageFolder === undefined
              ? {}
              : { imageFolder: path.resolve(folder, description.imageFolder) }),
          }),
    });
    return {
      before: folder,
      userIds: interactions.userIds,
      users: gathered.users,
      items: gathered.items,
      added: interactions.added,
      validation,
      changedItems: items.changed,
    };
  } finally {
    items.close();
  }
}
