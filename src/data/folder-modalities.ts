/**
 * The modalities of a folder in one of the two common layouts, found by the names of its files: `<modality>_feat.npy`,
 * `<modality>_neighbours_index.npy` with `<modality>_neighbours_cosine.npy`, and `<modality>_missing.npy`.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import type { Modality } from "./dataset.ts";
import { openFeatureFile } from "./feature-file.ts";
import { readMissingFile } from "./missing-items.ts";
import { cosineSuffix, featureSuffix, indexSuffix, missingSuffix, neighbourLabels } from "./modality-files.ts";
import { readNeighbourFile } from "./neighbour-file.ts";

export interface FoundModality {
  readonly name: string;
  readonly folder: string;
  readonly features: boolean;
  readonly neighbours: boolean;
  readonly missing: boolean;
}

export function findModalities(folders: readonly string[]): readonly FoundModality[] {
  const found = new Map<string, FoundModality>();
  for (const folder of folders) {
    const files = new Set(fs.readdirSync(folder));
    const names = [...files].flatMap((file) =>
      [featureSuffix, indexSuffix, cosineSuffix]
        .filter((suffix) => file.endsWith(suffix) && file.length > suffix.length)
        .map((suffix) => file.slice(0, -suffix.length)),
    );
    for (const name of names) {
      if (found.has(name)) continue;
      const index = files.has(name + indexSuffix);
      const cosine = files.has(name + cosineSuffix);
      if (index !== cosine) {
        const [there, missing] = index ? [indexSuffix, cosineSuffix] : [cosineSuffix, indexSuffix];
        throw new DatasetError(
          `${name}${there} has no ${name}${missing} beside it, expected both; add it or remove the first`,
        );
      }
      found.set(name, {
        name,
        folder,
        features: files.has(name + featureSuffix),
        neighbours: index,
        missing: files.has(name + missingSuffix),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function chooseModalities(
  found: readonly FoundModality[],
  wanted: readonly string[] | undefined,
  folder: string,
): readonly FoundModality[] {
  if (wanted === undefined) return found;
  return [...new Set(wanted)].map((name) => {
    const modality = found.find((candidate) => candidate.name === name);
    if (modality !== undefined) return modality;
    const there = found.length > 0 ? `it has ${found.map((one) => one.name).join(", ")}` : "it has none";
    throw new DatasetError(
      `${folder} has no modality "${name}" (${name}${featureSuffix} or ${name}${indexSuffix}); ${there}`,
    );
  });
}

export function openModality({ name, folder, features, neighbours, missing }: FoundModality): Modality {
  return {
    name,
    features: features ? openFeatureFile(path.join(folder, name + featureSuffix), name + featureSuffix) : undefined,
    neighbours: neighbours
      ? readNeighbourFile(
          path.join(folder, name + indexSuffix),
          path.join(folder, name + cosineSuffix),
          neighbourLabels(name),
        )
      : undefined,
    missing: missing ? readMissingFile(path.join(folder, name + missingSuffix), name + missingSuffix) : undefined,
  };
}
