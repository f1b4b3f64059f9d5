/**
 * A look at a dataset before training on it: counts, activity, the health of each modality, and whether a modality carries
 * preference at all.
 */
import type { Engine } from "../engine/engine.ts";
import type { Dataset, DatasetWarning, Interactions, Split } from "./dataset.ts";
import { splits, transposeInteractions } from "./interactions.ts";
import { examineFeatures, type ModalityHealth } from "./modality-health.ts";
import { type InspectOptions, measurePreference, type PreferenceLift } from "./preference-lift.ts";

/** How many interactions users (or items) have. */
export interface Activity {
  readonly smallest: number;
  readonly tenth: number;
  readonly median: number;
  readonly ninetieth: number;
  readonly largest: number;
  readonly mean: number;
}

export interface ModalityInspection {
  readonly name: string;
  readonly health: ModalityHealth | undefined;
  /** Items that the dataset lists as without this modality. */
  readonly missingItems: number;
  readonly neighbourWidth: number | undefined;
  /** Of the neighbour file where there is one (it makes the initial graph), else of the features. */
  readonly preference: PreferenceLift;
}

export interface DatasetInspection {
  readonly name: string;
  readonly users: number;
  readonly items: number;
  readonly interactions: Readonly<Record<Split, number>>;
  /** Users with at least one interaction of the split. */
  readonly activeUsers: Readonly<Record<Split, number>>;
  /** Pairs that users said they do not want. */
  readonly dislikes: number;
  /** All interactions / (users × items). */
  readonly density: number;
  readonly userActivity: Activity;
  readonly itemActivity: Activity;
  readonly modalities: readonly ModalityInspection[];
  readonly warnings: readonly DatasetWarning[];
}

function activity(pattern: Interactions): Activity {
  const counts = Int32Array.from(
    { length: pattern.rows },
    (_, row) => pattern.rowPointers[row + 1] - pattern.rowPointers[row],
  );
  counts.sort();
  const at = (share: number): number => counts[Math.round(share * (counts.length - 1))] ?? 0;
  const mean = pattern.columnIndices.length / Math.max(1, pattern.rows);
  return { smallest: at(0), tenth: at(0.1), median: at(0.5), ninetieth: at(0.9), largest: at(1), mean };
}

function activeRows({ rows, rowPointers }: Interactions): number {
  let active = 0;
  for (let row = 0; row < rows; row++) if (rowPointers[row + 1] > rowPointers[row]) active++;
  return active;
}

/**
 * Looks at everything worth knowing before a training. Features that are NaN or missing are reported, not refused, when
 * the dataset was read with `features: "report"`.
 * @param engine computes the nearest neighbours; its arrays are given back
 */
export function inspectDataset(dataset: Dataset, engine: Engine, options: InspectOptions = {}): DatasetInspection {
  const { name, users, items, interactions, warnings } = dataset;
  const usersOf = transposeInteractions(interactions.train);
  const bySplit = (count: (pattern: Interactions) => number): Record<Split, number> => ({
    train: count(interactions.train),
    validation: count(interactions.validation),
    test: count(interactions.test),
  });
  const counts = bySplit((pattern) => pattern.columnIndices.length);
  const total = splits.reduce((sum, split) => sum + counts[split], 0);
  const modalities = dataset.modalities.map((modality): ModalityInspection => {
    const examined = modality.features && examineFeatures(modality.features, items, modality.missing);
    return {
      name: modality.name,
      health: examined?.health,
      missingItems: modality.missing?.length ?? 0,
      neighbourWidth: modality.neighbours?.width,
      preference: measurePreference(modality, examined?.usable, usersOf, engine, options),
    };
  });
  return {
    name,
    users,
    items,
    interactions: counts,
    activeUsers: bySplit(activeRows),
    dislikes: dataset.dislikes?.columnIndices.length ?? 0,
    density: total / (users * items),
    userActivity: activity(interactions.train),
    itemActivity: activity(usersOf),
    modalities,
    warnings,
  };
}
