/** What the cold-start table compares, and how each is trained. */
import type { BackboneName, ModelName } from "../../src/models/configuration.ts";
import type { TrainingOptionsInput } from "../../src/training/configuration.ts";

export interface ColdStartConfiguration {
  /** Folder of its runs. */
  readonly name: string;
  readonly title: string;
  readonly model: ModelName;
  readonly backbone?: BackboneName | undefined;
  /** `cold`: the cold items take part in training without interactions; `warm`: they are added afterwards. */
  readonly dataset: "cold" | "warm";
  readonly options: TrainingOptionsInput;
}

/** Validated every epoch by cold items among themselves; cold items are nobody's negatives. Chosen by validation on Last.fm-2K, seed 1. */
const ours: TrainingOptionsInput = {
  learningRate: 1e-4,
  negatives: "seen",
  validateEvery: 1,
  validateCandidates: "cold",
};
/** As LATTICE's cold-start experiment was released. */
const released: TrainingOptionsInput = { learningRate: 1e-5, validateEvery: 1 };

export const configurations: readonly ColdStartConfiguration[] = [
  { name: "popularity", title: "popularity", model: "popularity", dataset: "cold", options: {} },
  { name: "content-knn", title: "content nearest neighbours", model: "content-knn", dataset: "cold", options: {} },
  { name: "mf", title: "MF", model: "mf", dataset: "cold", options: ours },
  { name: "lightgcn", title: "LightGCN", model: "lightgcn", dataset: "cold", options: ours },
  { name: "lattice", title: "LATTICE", model: "lattice", backbone: "lightgcn", dataset: "cold", options: ours },
  {
    name: "lattice-added",
    title: "LATTICE, cold items added after training",
    model: "lattice",
    backbone: "lightgcn",
    dataset: "warm",
    options: {},
  },
  {
    name: "lattice-released",
    title: "LATTICE, released settings",
    model: "lattice",
    backbone: "lightgcn",
    dataset: "cold",
    options: released,
  },
];
