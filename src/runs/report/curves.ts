/** The charts of a run's history: loss, the selecting figure, and the weights of the modalities over the epochs. */
import { cutoffOf } from "../../evaluation/metric-table.ts";
import type { EpochRecord } from "../../training/events.ts";
import type { RunConfig, RunMetrics } from "../run-format.ts";
import { type ChartRequest, type ChartSeries, renderChart } from "./chart.ts";
import { type Markup, markup, raw } from "./markup.ts";
import { figureName, inWords } from "./names.ts";

function figure(heading: string, note: string, request: ChartRequest): Markup {
  return markup`<figure><figcaption><b>${heading}</b> ${note}</figcaption>${raw(renderChart(request))}</figure>`;
}

const fourDigits = (value: number): string => value.toPrecision(4);

function lossCurve(history: readonly EpochRecord[]): Markup {
  const points = history.map(({ epoch, loss }) => ({ x: epoch, y: loss }));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return raw("");
  return figure("Training loss", "sum of an epoch’s batch losses", {
    title: "Training loss by epoch",
    description: `The loss goes from ${fourDigits(first.y)} at epoch 0 to ${fourDigits(last.y)} at epoch ${last.x}.`,
    xLabel: "epoch",
    yLabel: "loss",
    series: [{ name: "loss", points }],
    scale: "log-if-wide",
  });
}

function validationCurve(history: readonly EpochRecord[], config: RunConfig, metrics: RunMetrics): Markup {
  const { validateBy } = config.options;
  const points = history.flatMap(({ epoch, validation }) => {
    const value = validation?.[validateBy];
    return value === undefined ? [] : [{ x: epoch, y: value }];
  });
  const best = points.find(({ x }) => x === metrics.bestEpoch);
  const name = `${figureName(validateBy)} at ${cutoffOf(validateBy)}`;
  if (points.length === 0 || best === undefined) return raw("");
  return figure("Validation", `${name}, which chooses the epoch`, {
    title: `${name} on the validation set by epoch`,
    description: `${points.length} validations; the best is ${best.y.toFixed(4)} at epoch ${best.x}.`,
    xLabel: "epoch",
    yLabel: name,
    series: [{ name, points }],
    scale: "linear",
    mark: { ...best, label: `best: ${best.y.toFixed(4)}` },
  });
}

function weightCurves(history: readonly EpochRecord[]): Markup {
  const names = Object.keys(history.at(-1)?.modalityWeights ?? {});
  if (names.length < 2) return raw("");
  const series: ChartSeries[] = names.map((name) => ({
    name,
    points: history.flatMap(({ epoch, modalityWeights }) => {
      const weight = modalityWeights?.[name];
      return weight === undefined ? [] : [{ x: epoch, y: weight }];
    }),
  }));
  const ends = series.map(({ name, points }) => `${name} ${(points.at(-1)?.y ?? 0).toFixed(3)}`);
  return figure("Modality weights", "share of each modality in the item graph", {
    title: "Modality weights by epoch",
    description: `At the last epoch: ${inWords(ends)}. They sum to 1.`,
    xLabel: "epoch",
    yLabel: "weight",
    series,
    scale: "linear",
  });
}

export function renderCurves(history: readonly EpochRecord[], config: RunConfig, metrics: RunMetrics): Markup {
  if (history.length === 0) return raw("");
  const charts = [lossCurve(history), validationCurve(history, config, metrics), weightCurves(history)];
  return markup`<section aria-labelledby="training"><h2 id="training">Training</h2><div class="charts">${charts}</div></section>`;
}
