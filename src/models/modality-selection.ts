/** Which of a dataset's modalities a model uses, and whose features fit into the engine's memory. */
import type { Dataset, Modality } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";

/** Default of `ModelRequest.residentBytes`. */
const defaultResidentBytes = 2.75 * 2 ** 30;

/** The modalities asked for, by name: their order decides bytes, so it must not depend on how they were listed. @throws ConfigError for an unknown name */
export function selectModalities(dataset: Dataset, names: readonly string[] | undefined): readonly Modality[] {
  const known = dataset.modalities.map(({ name }) => name);
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw new ConfigError(
        `modalities: "${name}" is not a modality of ${dataset.name}; it has ${known.join(", ") || "none"}`,
      );
    }
  }
  return dataset.modalities
    .filter(({ name }) => names === undefined || names.includes(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Which modalities' features stay in the engine: in order, as long as they and their Adam state fit. */
export function residency(
  engine: Pick<Engine, "precision">,
  modalities: readonly Modality[],
  trained: boolean,
  residentBytes = defaultResidentBytes,
): ReadonlySet<string> {
  const bytesOfFloat = engine.precision === "float64" ? 8 : 4;
  const names = new Set<string>();
  let bytes = 0;
  for (const { name, features } of modalities) {
    const own = (features === undefined ? 0 : features.rows * features.columns) * bytesOfFloat * (trained ? 3 : 1);
    if (bytes + own > residentBytes) continue;
    bytes += own;
    names.add(name);
  }
  return names;
}
