/**
 * What has to be the same for all contenders so that their figures may stand in one table: the figure that selects, what it ranks,
 * and how lists are measured. All else may differ: it is what is compared.
 */
import type { Dataset } from "../data/dataset.ts";
import { ConfigError, DatasetError, LatticeworkError } from "../errors.ts";
import { cutoffOf } from "../evaluation/metric-table.ts";
import { isFloor } from "../models/configuration.ts";
import { checkOptions } from "../runs/check-options.ts";
import { inWords } from "../runs/report/names.ts";
import type { Contender } from "./contenders.ts";

export interface Protocol {
  /** The figure of the validation set that selects the epoch, and the figure that is compared first on the test set. */
  readonly validateBy: string;
  /** Figures of the test set whose differences are tested. */
  readonly tested: readonly string[];
  readonly cutoffs: readonly number[];
  readonly ndcg: "standard" | "retrieved";
  readonly maskValidation: boolean;
}

const shared = ["validateBy", "validateCandidates", "ndcg", "maskValidation"] as const;
/** What may differ, though tables are easily read as if it did not. */
const recipe = ["sampler", "batchSize", "epochs"] as const;
const reportedCutoffs = [10, 20];

/** @throws ConfigError where contenders are to be measured differently */
export function protocolOf(contenders: readonly Contender[]): Protocol {
  const [first] = contenders;
  if (first === undefined) throw new ConfigError("models: found none, expected some to compare");
  for (const { name, options } of contenders) {
    const key = shared.find((option) => options[option] !== first.options[option]);
    if (key === undefined) continue;
    throw new ConfigError(
      `option ${key}: found ${options[key]} for ${name} and ${first.options[key]} for ${first.name}; figures compare only where it is the same for all (--set ${key}=…)`,
    );
  }
  const { validateBy, ndcg, maskValidation } = first.options;
  const cutoff = cutoffOf(validateBy);
  return {
    validateBy,
    tested: [...new Set([validateBy, `recall@${cutoff}`, `ndcg@${cutoff}`])],
    cutoffs: [...new Set([...reportedCutoffs, cutoff])].sort((a, b) => a - b),
    ndcg,
    maskValidation,
  };
}

/** Who trains with what, where trained contenders do not train alike. */
function recipeNotices(contenders: readonly Contender[]): string[] {
  const trained = contenders.filter(({ model }) => !isFloor(model));
  const differing = recipe.flatMap((key) => {
    const byValue = Map.groupBy(trained, ({ options }) => options[key]);
    const told = [...byValue].map(([value, those]) => `${value} for ${inWords(those.map(({ name }) => name))}`);
    return told.length < 2 ? [] : [{ key, told: `${key} ${told.join(", ")}` }];
  });
  if (differing.length === 0) return [];
  const remedy = differing.map(({ key }) => `--set ${key}=…`).join(" ");
  return [
    `not trained alike: ${differing.map(({ told }) => told).join("; ")} (each model has the defaults of its own paper or release; ${remedy} lays one over all)`,
  ];
}

/**
 * Every contender held against the data before the first one trains.
 * @returns what is worth knowing, each once
 * @throws ConfigError or DatasetError naming the contender that cannot train there
 */
export function checkContenders(dataset: Dataset, contenders: readonly Contender[]): readonly string[] {
  if (dataset.interactions.test.columnIndices.length === 0) {
    throw new DatasetError(
      `dataset ${dataset.name} holds nothing out for testing, which a comparison measures on; hold some interactions out (x_label 2)`,
    );
  }
  const notices = contenders.flatMap(({ name, model, options, given }) => {
    try {
      return checkOptions(dataset, model, options, given);
    } catch (error) {
      if (error instanceof DatasetError)
        throw new DatasetError(`contender ${name}: ${error.message}`, { cause: error });
      if (error instanceof LatticeworkError)
        throw new ConfigError(`contender ${name}: ${error.message}`, { cause: error });
      throw error;
    }
  });
  return [...new Set([...notices, ...recipeNotices(contenders)])];
}
