/** Accuracy as bars with their intervals over users, and against the time that training took. */
import { axisX, axisY, barX, dot, gridX, gridY, ruleX, ruleY, text } from "@observablehq/plot";
import { cutoffOf } from "../../evaluation/metric-table.ts";
import { duration, figureName } from "../../runs/report/names.ts";
import type { Comparison } from "../comparison-format.ts";
import { bestFirst } from "../shown.ts";
import { draw, labelWidth } from "./drawing.ts";

const barHeight = 28;
const width = 480;

export const figureTitle = (figure: string): string => `${figureName(figure)}@${cutoffOf(figure)}`;

export function accuracyBars(comparison: Comparison, figure: string): string {
  const rows = bestFirst(comparison).map(({ name, test, intervals }) => {
    const mean = test[figure]?.mean ?? 0;
    const [low, high] = intervals[figure] ?? [mean, mean];
    return { name, mean, low, high, strong: name === comparison.reference.name };
  });
  const most = Math.max(1e-9, ...rows.map(({ high }) => high));
  const share = Math.round(100 * comparison.protocol.confidence);
  const told = rows.map(
    ({ name, mean, low, high }) => `${name} ${mean.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`,
  );
  return draw(
    {
      width,
      height: rows.length * barHeight + 8,
      marginLeft: labelWidth(rows.map(({ name }) => name)),
      marginRight: 58,
      marginTop: 4,
      marginBottom: 4,
      x: { domain: [0, most], axis: null },
      y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0, padding: 0.28 },
      marks: [
        barX(rows, { x: "mean", y: "name", fill: (row) => (row.strong ? "var(--series-1)" : "var(--bar)"), rx: 3 }),
        ruleY(rows, { x1: "low", x2: "high", y: "name", stroke: "var(--card)", strokeWidth: 4.5 }),
        ruleY(rows, { x1: "low", x2: "high", y: "name", stroke: "currentColor", strokeWidth: 1.6 }),
        ...(["low", "high"] as const).map((end) =>
          dot(rows, { x: end, y: "name", symbol: "times", r: 2.2, stroke: "currentColor", strokeWidth: 1.4 }),
        ),
        text(rows, {
          x: "high",
          y: "name",
          text: (row) => row.mean.toFixed(4),
          textAnchor: "start",
          dx: 8,
          fill: "currentColor",
          fontWeight: 600,
        }),
      ],
    },
    {
      title: `${figureTitle(figure)} on the test set with ${share}% intervals over users`,
      description: `${told.join("; ")}.`,
    },
  );
}

interface Placed {
  readonly name: string;
  readonly seconds: number;
  readonly mean: number;
  readonly strong: boolean;
}

interface Label extends Placed {
  /** The label stands left of its dot where there is no room on its right. */
  readonly left: boolean;
  /** How far down (above 0) or up the label was moved, in units of the drawing. */
  readonly shift: number;
  /** The height of the moved label on the axis. */
  readonly below: number;
}

const plotHeight = 320;
const margins = { left: 56, right: 24, top: 30, bottom: 44 };
const lineHeight = 14;
/** Where a label may stand against its dot, the nearest first. */
const places = Array.from({ length: 161 }, (_, index) => (index % 2 === 0 ? 1 : -1) * 4 * Math.ceil(index / 2));

/** Labels are set from the top down, each as near to its dot as it covers no other dot or label. */
function setLabels(rows: readonly Placed[], x: readonly [number, number], y: readonly [number, number]): Label[] {
  const acrossOf = ({ seconds }: Placed): number =>
    ((Math.log10(seconds) - Math.log10(x[0])) / (Math.log10(x[1]) - Math.log10(x[0]))) *
    (width * 1.5 - margins.left - margins.right);
  const downOf = ({ mean }: Placed): number =>
    (1 - (mean - y[0]) / (y[1] - y[0])) * (plotHeight - margins.top - margins.bottom);
  const set = rows.map((row) => ({ from: acrossOf(row) - 6, to: acrossOf(row) + 6, down: downOf(row) }));
  return rows
    .toSorted((a, b) => b.mean - a.mean)
    .map((row) => {
      const length = 7.4 * row.name.length;
      const across = acrossOf(row);
      const left = across + length + 20 > width * 1.5 - margins.left - margins.right;
      const from = left ? across - length - 10 : across + 7;
      const to = from + length + 3;
      const free = (down: number): boolean =>
        set.every((other) => other.from >= to || other.to <= from || Math.abs(other.down - down) >= lineHeight);
      const down = places.map((place) => downOf(row) + place).find(free) ?? downOf(row);
      set.push({ from, to, down });
      const shift = down - downOf(row);
      const below = row.mean - (shift * (y[1] - y[0])) / (plotHeight - margins.top - margins.bottom);
      return { ...row, left, shift, below };
    });
}

/** Round times, in seconds: 10 ms, …, 10 s, 1 min, 10 min, 1 h, …; where there are few of them, those between as well. */
function timeTicks([from, to]: readonly [number, number]): readonly number[] {
  const round = [0.01, 0.1, 1, 10, 60, 600, 3600, 36_000, 360_000];
  const within = (ticks: readonly number[]) => ticks.filter((tick) => tick >= from && tick <= to);
  const few = within(round);
  return few.length > 2 ? few : within(round.flatMap((tick) => [tick, 2 * tick, 3 * tick, 5 * tick]));
}

function tickText(seconds: number): string {
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
}

export function accuracyAgainstTime(comparison: Comparison): string {
  const { validateBy } = comparison.protocol;
  const rows = comparison.contenders.map(({ name, test, cost }) => ({
    name,
    seconds: Math.max(0.01, cost.seconds.mean),
    mean: test[validateBy]?.mean ?? 0,
    strong: name === comparison.reference.name,
  }));
  const seconds = rows.map((row) => row.seconds);
  const means = rows.map(({ mean }) => mean);
  const x = [Math.min(...seconds) / 1.6, Math.max(...seconds) * 1.6] as const;
  const room = 0.08 * (Math.max(...means) - Math.min(...means)) || 0.01;
  const y = [Math.max(0, Math.min(...means) - room), Math.max(...means) + room] as const;
  const within = timeTicks(x);
  const labels = setLabels(rows, x, y);
  const told = labels.map(({ name, mean, seconds: took }) => `${name} ${mean.toFixed(4)} in ${duration(took)}`);
  const dotColour = (row: Placed): string => (row.strong ? "var(--series-1)" : "var(--series-2)");
  return draw(
    {
      width: width * 1.5,
      height: plotHeight,
      marginLeft: margins.left,
      marginRight: margins.right,
      marginTop: margins.top,
      marginBottom: margins.bottom,
      x: { type: "log", domain: [...x] },
      y: { domain: [...y] },
      marks: [
        gridY({ stroke: "var(--grid)", strokeOpacity: 0.6, ticks: 6 }),
        gridX(within, { stroke: "var(--grid)", strokeOpacity: 0.35 }),
        axisX(within, {
          // A logarithmic axis would drop the labels of all that are no powers of ten.
          text: tickText,
          label: "training time (logarithmic)",
          tickSize: 4,
        }),
        axisY({ ticks: 6, label: figureTitle(validateBy), tickSize: 0 }),
        ruleX(labels, { x: "seconds", y1: "mean", y2: "below", stroke: "var(--soft)", strokeWidth: 0.8 }),
        dot(rows, { x: "seconds", y: "mean", r: 5, fill: dotColour, stroke: "var(--card)" }),
        ...labels.map(({ left, shift, ...row }) =>
          text([row], {
            x: "seconds",
            y: "mean",
            text: "name",
            dx: left ? -9 : 9,
            dy: shift,
            textAnchor: left ? "end" : "start",
            fill: "currentColor",
            fontWeight: row.strong ? 700 : 500,
          }),
        ),
      ],
    },
    { title: `${figureTitle(validateBy)} against training time`, description: `${told.join("; ")}.` },
  );
}
