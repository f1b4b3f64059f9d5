/** Charts of settings: accuracy over the values of one option, and the weights that LATTICE gave the modalities. */
import { areaY, axisX, axisY, barX, dot, gridY, line, text } from "@observablehq/plot";
import type { Comparison, Sensitivity } from "../comparison-format.ts";
import { figureTitle } from "./accuracy-charts.ts";
import { draw, labelWidth, seriesColour } from "./drawing.ts";

/** Names of options as papers write them. */
const symbols: Readonly<Record<string, string>> = {
  neighbours: "neighbours k",
  skip: "skip weight λ",
  itemLayers: "item layers",
  layers: "collaborative layers",
};

export const optionTitle = (option: string): string => symbols[option] ?? option;

export function sensitivityCurve(comparison: Comparison, { option, points }: Sensitivity): string {
  const figure = comparison.protocol.validateBy;
  const rows = points.flatMap(({ value, contender }) => {
    const found = comparison.contenders.find(({ name }) => name === contender);
    const mean = found?.test[figure]?.mean ?? 0;
    const [low, high] = found?.intervals[figure] ?? [mean, mean];
    return [{ value, mean, low, high }];
  });
  const told = rows.map(({ value, mean }) => `${mean.toFixed(4)} at ${value}`);
  const values = rows.map(({ value }) => value);
  return draw(
    {
      width: 400,
      height: 250,
      marginLeft: 56,
      marginRight: 24,
      marginTop: 30,
      marginBottom: 42,
      x: { type: "linear", domain: [Math.min(...values), Math.max(...values)] },
      y: { nice: true, zero: false },
      marks: [
        gridY({ stroke: "var(--grid)", strokeOpacity: 0.6, ticks: 5 }),
        axisX({ label: optionTitle(option), ticks: values.length <= 8 ? values : 6, tickFormat: String, tickSize: 4 }),
        axisY({ label: figureTitle(figure), ticks: 5, tickSize: 0 }),
        areaY(rows, { x: "value", y1: "low", y2: "high", fill: seriesColour(0), fillOpacity: 0.16 }),
        line(rows, { x: "value", y: "mean", stroke: seriesColour(0), strokeWidth: 2.2 }),
        dot(rows, { x: "value", y: "mean", fill: seriesColour(0), r: 4 }),
      ],
    },
    { title: `${figureTitle(figure)} by ${optionTitle(option)}`, description: `${told.join(", ")}.` },
  );
}

interface WeightRow {
  readonly name: string;
  readonly modality: string;
  readonly weight: number;
  /** Where its piece of the bar begins and ends. */
  readonly from: number;
  readonly to: number;
}

function weightRows({ contenders }: Comparison): WeightRow[] {
  return contenders.flatMap(({ name, modalityWeights = {} }) => {
    let from = 0;
    return Object.entries(modalityWeights).map(([modality, weight]) => {
      const row = { name, modality, weight, from, to: from + weight };
      from += weight;
      return row;
    });
  });
}

/** Undefined where no contender weighs modalities. */
export function modalityWeightBars(comparison: Comparison): string | undefined {
  const rows = weightRows(comparison);
  const names = [...new Set(rows.map(({ name }) => name))];
  const modalities = [...new Set(rows.map(({ modality }) => modality))];
  if (modalities.length < 2) return undefined;
  return draw(
    {
      width: 720,
      height: names.length * 30 + 8,
      marginLeft: labelWidth(names),
      marginRight: 8,
      marginTop: 4,
      marginBottom: 4,
      x: { domain: [0, 1], axis: null },
      y: { domain: names, label: null, tickSize: 0, padding: 0.24 },
      marks: [
        barX(rows, {
          x1: "from",
          x2: "to",
          y: "name",
          fill: (row: WeightRow) => seriesColour(modalities.indexOf(row.modality)),
          insetLeft: 1,
          insetRight: 1,
        }),
        text(rows, {
          x: (row: WeightRow) => (row.from + row.to) / 2,
          y: "name",
          text: (row: WeightRow) => (row.weight < 0.12 ? "" : `${row.modality} ${row.weight.toFixed(3)}`),
          fill: "var(--card)",
          fontWeight: 600,
        }),
      ],
    },
    {
      title: "Weights of the modalities in the item graph",
      description: `${rows.map(({ name, modality, weight }) => `${name}: ${modality} ${weight.toFixed(3)}`).join("; ")}.`,
    },
  );
}
