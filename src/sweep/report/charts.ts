/** The charts of a sweep, inline SVG by Observable Plot as in the reports of runs: all validation curves, and the best of each trial by each key. */
import { axisX, axisY, barX, dot, gridX, gridY, line, plot, text } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { figureName } from "../../runs/report/names.ts";
import type { SweepPlan, SweepResult } from "../sweep-format.ts";
import type { MeasuredOutcome, TrialRecord } from "../trial.ts";
import { isMeasured, type Measured } from "../winner.ts";

type PlotOptions = NonNullable<Parameters<typeof plot>[0]>;

const common = {
  height: 260,
  marginLeft: 52,
  marginRight: 24,
  marginBottom: 40,
  marginTop: 30,
  style: { fontSize: "13px", fontFamily: "inherit", background: "none", color: "inherit" },
} as const satisfies PlotOptions;

export interface Drawing {
  readonly heading: string;
  readonly note: string;
  /** For those who cannot see it. */
  readonly description: string;
  readonly options: PlotOptions;
}

/** A figure with its caption; the chart is named and described. */
export function renderDrawing({ heading, note, description, options }: Drawing): Markup {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawn = plot({ ...common, ...options, document });
  drawn.setAttribute("role", "img");
  for (const [name, content] of [
    ["desc", description],
    ["title", heading],
  ] as const) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.textContent = content;
    drawn.insertBefore(element, drawn.firstChild);
  }
  return markup`<figure><figcaption><b>${heading}</b> ${note}</figcaption>${raw(drawn.outerHTML)}</figure>`;
}

const grid = gridY({ stroke: "var(--grid)", strokeOpacity: 0.7 });
const nameOf = (figure: string): string => `${figureName(figure)} at ${figure.split("@")[1] ?? ""}`;

/** Each trial once, by its highest rung. */
function lastRungs(trials: readonly TrialRecord[]): Measured[] {
  const last = new Map<number, Measured>();
  for (const record of trials.filter(isMeasured)) {
    if (record.rung >= (last.get(record.trial)?.rung ?? 0)) last.set(record.trial, record);
  }
  return [...last.values()];
}

const pointsOf = ({ curve }: MeasuredOutcome) => curve.map(([epoch, value]) => ({ epoch, value }));

export function renderCurves(trials: readonly TrialRecord[], { figure, winner }: SweepResult): Markup {
  const records = lastRungs(trials);
  const best = records.find(({ trial }) => trial === winner.trial);
  const others = records.filter(({ trial }) => trial !== winner.trial);
  const longest = Math.max(1, ...records.map(({ outcome }) => outcome.curve.at(-1)?.[0] ?? 0));
  const drawing: Drawing = {
    heading: "Validation curves",
    note: `${nameOf(figure)} by epoch, a line a trial; the winner’s is bold, dashed ones were stopped early`,
    description: `${records.length} trials; the winner, trial ${winner.trial}, reaches ${(best?.outcome.best ?? 0).toFixed(4)} at epoch ${winner.bestEpoch}.`,
    options: {
      width: 840,
      x: { domain: [0, longest] },
      y: { nice: true },
      marks: [
        grid,
        axisX({ label: "epoch", tickFormat: "d", ticks: Math.min(8, longest), tickSize: 4 }),
        axisY({ label: nameOf(figure), tickSize: 0 }),
        ...others.map(({ outcome }) =>
          line(pointsOf(outcome), {
            x: "epoch",
            y: "value",
            stroke: "var(--soft)",
            strokeOpacity: 0.55,
            strokeWidth: 1.3,
            strokeDasharray: outcome.status === "stopped" ? "4 3" : "none",
          }),
        ),
        ...(best === undefined
          ? []
          : [
              line(pointsOf(best.outcome), { x: "epoch", y: "value", stroke: "var(--series-1)", strokeWidth: 3 }),
              dot([{ epoch: best.outcome.bestEpoch, value: best.outcome.best }], {
                x: "epoch",
                y: "value",
                r: 5,
                fill: "var(--card)",
                stroke: "var(--series-1)",
                strokeWidth: 2.4,
              }),
            ]),
      ],
    },
  };
  return markup`<section aria-labelledby="curves"><h2 id="curves">Curves</h2>${renderDrawing(drawing)}</section>`;
}

interface Point {
  readonly x: unknown;
  readonly value: number;
  readonly wins: boolean;
}

const dots = (points: readonly Point[]) =>
  dot([...points], {
    x: "x",
    y: "value",
    r: (point: Point) => (point.wins ? 6 : 4),
    fill: (point: Point) => (point.wins ? "var(--series-2)" : "var(--series-1)"),
    fillOpacity: 0.85,
  });

function numberInfluence(key: string, points: readonly Point[], figure: string, isLog: boolean): Drawing {
  const winner = points.find(({ wins }) => wins);
  return {
    heading: key,
    note: "the best of each trial; the winner stands out",
    description: `${nameOf(figure)} on validation by ${key}; the winner has ${String(winner?.x)}.`,
    options: {
      width: 400,
      x: { type: isLog ? "log" : "linear" },
      y: { nice: true },
      marks: [
        grid,
        axisX({ label: key, ticks: isLog ? 4 : 6, tickSize: 4, ...(isLog ? { tickFormat: "~g" } : {}) }),
        axisY({ label: nameOf(figure), tickSize: 0, ticks: 5 }),
        dots(points),
      ],
    },
  };
}

/** A list's values by the best trial of each, as bars. */
function choiceInfluence(key: string, points: readonly Point[], figure: string): Drawing {
  const bars = [...Map.groupBy(points, ({ x }) => (typeof x === "string" ? x : JSON.stringify(x)))].map(
    ([name, group]) => ({
      name,
      value: Math.max(...group.map(({ value }) => value)),
      wins: group.some(({ wins }) => wins),
    }),
  );
  return {
    heading: key,
    note: "the best trial with each value",
    description: bars.map(({ name, value }) => `${name} ${value.toFixed(4)}`).join(", "),
    options: {
      width: 400,
      height: 70 + 34 * bars.length,
      marginLeft: 110,
      marginRight: 56,
      x: { nice: true },
      y: { label: null },
      marks: [
        gridX({ stroke: "var(--grid)", strokeOpacity: 0.7, ticks: 4 }),
        axisX({ label: nameOf(figure), ticks: 4, tickSize: 0 }),
        barX(bars, {
          x: "value",
          y: "name",
          fill: (bar) => (bar.wins ? "var(--series-2)" : "var(--series-1)"),
          insetTop: 3,
          insetBottom: 3,
        }),
        axisY({ label: null, tickSize: 0 }),
        text(bars, {
          x: "value",
          y: "name",
          text: (bar) => bar.value.toFixed(4),
          dx: 6,
          textAnchor: "start",
          fill: "currentColor",
        }),
      ],
    },
  };
}

/** One chart a key of the space that took more than one value. */
export function renderInfluences(
  trials: readonly TrialRecord[],
  plan: SweepPlan,
  { figure, winner }: SweepResult,
): Markup {
  const records = lastRungs(trials).filter(({ outcome }) => outcome.curve.length > 0);
  const drawings = Object.keys(winner.setting).flatMap((key): Drawing[] => {
    const points = records.map(({ trial, setting, outcome }) => ({
      x: setting[key],
      value: outcome.best,
      wins: trial === winner.trial,
    }));
    if (new Set(points.map(({ x }) => JSON.stringify(x))).size < 2) return [];
    const numbers = points.map(({ x }) => x).filter((x) => typeof x === "number");
    if (numbers.length < points.length) return [choiceInfluence(key, points, figure)];
    const isLog = plan.space.some(
      (one) =>
        JSON.stringify(one).includes(`"key":${JSON.stringify(key)},`) && JSON.stringify(one).includes('"scale":"log"'),
    );
    return [numberInfluence(key, points, figure, isLog)];
  });
  if (drawings.length === 0) return raw("");
  return markup`<section aria-labelledby="influence"><h2 id="influence">What each key did</h2><div class="charts">${drawings.map(renderDrawing)}</div></section>`;
}
