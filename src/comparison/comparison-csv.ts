/** A comparison as CSV, a line for each contender, split and figure: for spreadsheets and other programs. */
import { stringify } from "csv-stringify/sync";
import type { Comparison } from "./comparison-format.ts";

const columns = [
  "dataset",
  "contender",
  "model",
  "backbone",
  "split",
  "figure",
  "mean",
  "deviation",
  "low",
  "high",
  "difference",
  "p",
  "corrected_p",
  "reference",
] as const;

export function comparisonCsv({ dataset, contenders, reference }: Comparison): string {
  const rows = contenders.flatMap(
    ({ name, model, backbone = "", validation, test, intervals, significance, ...rest }) => {
      const row = (
        split: string,
        figure: string,
        mean: number,
        deviation?: number,
      ): (string | number | undefined)[] => {
        const isTest = split === "test";
        const [low, high] = (isTest ? intervals[figure] : undefined) ?? [];
        const tested = isTest ? significance[figure] : undefined;
        const numbers = [mean, deviation, low, high, tested?.difference, tested?.p, tested?.corrected];
        return [dataset.name, name, model, backbone, split, figure, ...numbers, tested && reference.name];
      };
      const { exposure, cost } = rest;
      return [
        ...Object.entries(validation).map(([figure, { mean, deviation }]) =>
          row("validation", figure, mean, deviation),
        ),
        ...Object.entries(test).map(([figure, { mean, deviation }]) => row("test", figure, mean, deviation)),
        ...Object.entries(exposure).map(([figure, mean]) => row("lists", figure, mean)),
        row("training", "seconds", cost.seconds.mean, cost.seconds.deviation),
        row("training", "secondsPerEpoch", cost.secondsPerEpoch.mean, cost.secondsPerEpoch.deviation),
        row("training", "epochs", cost.epochs.mean, cost.epochs.deviation),
        row("training", "peakMemoryBytes", cost.peakMemoryBytes),
      ];
    },
  );
  return stringify([[...columns], ...rows]);
}
