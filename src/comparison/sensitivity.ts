/** Which contenders are one model at several values of one number, everything else being equal: the points of a sensitivity curve. */
import type { ContenderResult, Sensitivity } from "./comparison-format.ts";

/** Options that a curve is drawn over. */
const numericOptions = [
  "neighbours",
  "skip",
  "itemLayers",
  "layers",
  "embeddingSize",
  "featureEmbeddingSize",
  "dropout",
  "edgeDropout",
  "featureWeight",
  "imageShare",
  "learningRate",
  "regularisation",
  "batchSize",
] as const;

type Varied = Pick<ContenderResult, "name" | "model" | "backbone" | "options">;

export function sensitivityOf(contenders: readonly Varied[]): Sensitivity[] {
  return numericOptions.flatMap((option) => {
    const groups = Map.groupBy(contenders, ({ model, backbone, options }) =>
      JSON.stringify([model, backbone, { ...options, [option]: 0 }]),
    );
    return [...groups.values()].flatMap((group): Sensitivity[] => {
      const points = group
        .map(({ name, options }) => ({ value: options[option], contender: name }))
        .sort((a, b) => a.value - b.value);
      return points.length < 2 ? [] : [{ option, points }];
    });
  });
}
