/**
 * Line charts as inline SVG, drawn without a browser: Observable Plot on a document of linkedom's. Colours are CSS variables of
 * the report, so that one drawing serves light, dark and paper; series differ in dashes too, and are named at their end.
 */
import { axisX, axisY, dot, gridY, line, plot, ruleX, text } from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface ChartRequest {
  readonly title: string;
  /** One sentence for those who cannot see it: what rises, what falls, from where to where. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** Logarithmic where the values span more than a factor of ten and are all positive. */
  readonly scale: "linear" | "log-if-wide";
  /** A point to mark with a word. */
  readonly mark?: (ChartPoint & { readonly label: string }) | undefined;
}

const width = 400;
const height = 260;
const dashes = ["none", "7 4", "2 4", "10 3 2 3"];
const colour = (series: number): string => `var(--series-${(series % 5) + 1})`;

function isWide(values: readonly number[]): boolean {
  const low = Math.min(...values);
  return low > 0 && Math.max(...values) > 10 * low;
}

/** Whole-number ticks, about six of them: epochs have no halves. */
function wholeTicks(last: number): number[] {
  const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000].find((size) => last / size <= 7) ?? last;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

/** 1, 2 and 5 of each power of ten between the values; the ones alone where they are many. */
function roundTicks(low: number, high: number): number[] {
  const powers = Array.from({ length: 40 }, (_, index) => Number(`1e${index - 20}`));
  const within = (tick: number): boolean => tick >= low && tick <= high;
  const ticks = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter(within);
  return ticks.length > 8 ? powers.filter(within) : ticks;
}

/** @returns an `<svg>` element with title and description, as text */
export function renderChart(request: ChartRequest): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const points = request.series.flatMap((series) => series.points);
  const values = points.map(({ y }) => y);
  const lastX = Math.max(1, ...points.map(({ x }) => x));
  const several = request.series.length > 1;
  const { mark } = request;
  const markAnchor = mark === undefined || mark.x < lastX / 4 ? "start" : mark.x > (3 * lastX) / 4 ? "end" : "middle";
  const logarithmic = request.scale === "log-if-wide" && isWide(values);
  const ticks = logarithmic ? roundTicks(Math.min(...values), Math.max(...values)) : 5;
  const drawn = plot({
    document,
    width,
    height,
    marginLeft: 52,
    marginRight: several ? 76 : 20,
    marginBottom: 40,
    marginTop: 36,
    style: { fontSize: "13px", fontFamily: "inherit", background: "none", color: "inherit" },
    x: { domain: [0, lastX] },
    y: {
      type: logarithmic ? "log" : "linear",
      nice: !logarithmic,
    },
    marks: [
      gridY({ stroke: "var(--grid)", strokeOpacity: 0.7, ticks }),
      axisX({
        label: request.xLabel,
        ticks: wholeTicks(lastX),
        tickFormat: "d",
        tickSize: 4,
      }),
      axisY({ label: request.yLabel, ticks, tickSize: 0, ...(logarithmic ? { tickFormat: "~g" } : {}) }),
      ...request.series.flatMap((series, index) => {
        const last = series.points.at(-1);
        return [
          line([...series.points], {
            x: "x",
            y: "y",
            stroke: colour(index),
            strokeWidth: 2.2,
            strokeDasharray: dashes[index % dashes.length] ?? "none",
          }),
          ...(series.points.length === 1
            ? [dot([...series.points], { x: "x", y: "y", fill: colour(index), r: 4 })]
            : []),
          ...(several && last !== undefined
            ? [
                text([last], {
                  x: "x",
                  y: "y",
                  text: () => series.name,
                  fill: colour(index),
                  textAnchor: "start",
                  dx: 8,
                  fontWeight: 600,
                }),
              ]
            : []),
        ];
      }),
      ...(mark === undefined
        ? []
        : [
            ruleX([mark.x], { stroke: "var(--soft)", strokeDasharray: "3 3" }),
            dot([mark], { x: "x", y: "y", fill: "var(--card)", stroke: colour(0), strokeWidth: 2.2, r: 5 }),
            text([mark], {
              x: "x",
              y: "y",
              text: "label",
              dy: -14,
              textAnchor: markAnchor,
              fill: "currentColor",
              stroke: "var(--card)",
              strokeWidth: 4,
              fontWeight: 600,
            }),
          ]),
    ],
  });
  drawn.setAttribute("role", "img");
  const label = (name: string, content: string): void => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.textContent = content;
    drawn.insertBefore(element, drawn.firstChild);
  };
  label("desc", request.description);
  label("title", request.title);
  return drawn.outerHTML;
}
