/**
 * Bars as inline SVG, drawn without a browser: Observable Plot on a document of linkedom's. Colours are CSS variables of the page, so that one
 * drawing serves light, dark and paper; each bar says its value.
 */
import { barX, plot, ruleX, text } from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn in the accent colour. */
  readonly strong?: boolean | undefined;
}

export interface BarsRequest {
  readonly title: string;
  /** What the bars say, for those who cannot see them. */
  readonly description: string;
  readonly bars: readonly Bar[];
  readonly format: (value: number) => string;
  /** Of the drawing, in its own units: smaller where less room will be, so that letters stay as large. */
  readonly width: number;
  /** A value to compare with, drawn as a dashed line, and its name. */
  readonly reference?: { readonly label: string; readonly value: number } | undefined;
}

const barHeight = 30;

/** @returns an `<svg>` element with title and description, as text */
export function renderBars({ title, description, bars, format, width, reference }: BarsRequest): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const longest = Math.max(...bars.map(({ label }) => label.length));
  const most = Math.max(...bars.map(({ value }) => value), reference?.value ?? 0);
  const rows = bars.map((bar) => ({ ...bar }));
  const drawn = plot({
    document,
    width,
    height: bars.length * barHeight + (reference === undefined ? 8 : 30),
    marginLeft: 14 + 7.4 * longest,
    marginRight: 46,
    marginTop: reference === undefined ? 4 : 26,
    marginBottom: 4,
    style: { fontSize: "13px", fontFamily: "inherit", background: "none", color: "inherit" },
    x: { domain: [0, most === 0 ? 1 : most], axis: null },
    y: { domain: bars.map(({ label }) => label), label: null, tickSize: 0, padding: 0.26 },
    marks: [
      barX(rows, {
        x: "value",
        y: "label",
        fill: (bar: Bar) => (bar.strong === true ? "var(--series-1)" : "var(--bar)"),
        rx: 3,
      }),
      text(rows, {
        x: "value",
        y: "label",
        text: (bar: Bar) => format(bar.value),
        textAnchor: "start",
        dx: 6,
        fill: "currentColor",
        fontWeight: 600,
      }),
      ...(reference === undefined
        ? []
        : [
            ruleX([reference.value], { stroke: "var(--series-2)", strokeWidth: 1.6, strokeDasharray: "4 3" }),
            text([reference], {
              x: "value",
              text: "label",
              frameAnchor: "top",
              dy: -14,
              fill: "var(--series-2)",
              textAnchor: "middle",
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
  label("desc", description);
  label("title", title);
  return drawn.outerHTML;
}
