/** The page of the ablations, and the same as Markdown: tables of backbones and modalities, curves of λ, k and the item layers. */
import { axisX, axisY, barX, gridX, link, text } from "@observablehq/plot";
import type { Comparison, ContenderResult } from "../../src/comparison/comparison-format.ts";
import { draw, labelWidth } from "../../src/comparison/report/drawing.ts";
import { sensitivityCurve } from "../../src/comparison/report/option-charts.ts";
import { comparisonStyle } from "../../src/comparison/report/style.ts";
import { percentText, probabilityText, spreadText } from "../../src/comparison/shown.ts";
import { type Markup, markup, raw } from "../../src/runs/report/markup.ts";
import { figureName } from "../../src/runs/report/names.ts";
import { reportStyle } from "../../src/runs/report/style.ts";
import { markdownTable } from "../measuring/figures.ts";
import type { Ablations } from "./contenders.ts";

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const meanOf = (contender: ContenderResult | undefined, figure: string): number => contender?.test[figure]?.mean ?? 0;

function lookUp({ contenders }: Comparison, name: string): ContenderResult {
  const found = contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`${name} took no part in the comparison`);
  return found;
}

function backboneTable(comparison: Comparison, { backbones }: Ablations): Table {
  const { validateBy: figure } = comparison.protocol;
  const rows = backbones.map(({ backbone, alone, features, lattice }) => {
    const [bare, concatenated, whole] = [alone, features, lattice].map((name) => lookUp(comparison, name));
    const gain = (one: ContenderResult | undefined): string =>
      meanOf(bare, figure) === 0 ? "" : percentText(meanOf(one, figure) / meanOf(bare, figure) - 1);
    const shown = [bare, concatenated, whole].map((one) => spreadText(one?.test[figure] ?? { mean: 0 }));
    return [backbone, ...shown, gain(concatenated), gain(whole)];
  });
  return { head: ["backbone", "alone", "with features", "with LATTICE", "features gain", "LATTICE gains"], rows };
}

function contenderTable(comparison: Comparison, first: string, entries: readonly (readonly [string, string])[]): Table {
  const { tested } = comparison.protocol;
  const rows = entries.map(([label, name]) => {
    const contender = lookUp(comparison, name);
    const [figure = ""] = tested;
    const test = contender.significance[figure];
    return [
      label,
      ...tested.map((one) => spreadText(contender.test[one] ?? { mean: 0 })),
      test === undefined ? "" : probabilityText(test.corrected),
    ];
  });
  return { head: [first, ...tested, `p against ${comparison.reference.name}`], rows };
}

function tables(comparison: Comparison, ablations: Ablations): { readonly title: string; readonly table: Table }[] {
  const skip = ablations.curves.find(({ option }) => option === "skip")?.points ?? [];
  const graphs = skip
    .filter(({ value, contender }) => value === 0 || value === 1 || contender === "lattice@lightgcn")
    .map(({ value, contender }): [string, string] => [
      value === 0 ? "learned graph only, λ = 0" : value === 1 ? "initial graph only, λ = 1" : `both, λ = ${value}`,
      contender,
    ]);
  const single = ablations.modalities.map(({ name, contender }): [string, string] => [name, contender]);
  return [
    { title: `Backbones: ${comparison.protocol.validateBy}`, table: backboneTable(comparison, ablations) },
    ...(single.length === 0 ? [] : [{ title: "Modalities", table: contenderTable(comparison, "modality", single) }]),
    { title: "Graphs", table: contenderTable(comparison, "item graph", graphs) },
  ];
}

function backboneBars(comparison: Comparison, { backbones }: Ablations): string {
  const { validateBy: figure } = comparison.protocol;
  const bars = backbones.flatMap(({ backbone, alone, features, lattice }) =>
    [
      [backbone, alone, "var(--bar)"],
      [`${backbone} + features`, features, "var(--series-2)"],
      [`LATTICE on ${backbone}`, lattice, "var(--series-1)"],
    ].map(([label = "", name = "", fill = ""]) => {
      const contender = lookUp(comparison, name);
      const [low, high] = contender.intervals[figure] ?? [meanOf(contender, figure), meanOf(contender, figure)];
      return { label, fill, mean: meanOf(contender, figure), low, high };
    }),
  );
  const labels = bars.map(({ label }) => label);
  const title = `${figureName(figure)} at ${figure.split("@")[1] ?? ""}, test`;
  return draw(
    {
      width: 720,
      height: 60 + 30 * bars.length,
      marginLeft: labelWidth(labels),
      marginRight: 70,
      marginBottom: 40,
      x: { domain: [0, 1.02 * Math.max(...bars.map(({ high }) => high))] },
      y: { label: null, domain: labels },
      marks: [
        gridX({ stroke: "var(--grid)", strokeOpacity: 0.6, ticks: 5 }),
        barX(bars, { x: "mean", y: "label", fill: "fill", insetTop: 4, insetBottom: 4 }),
        link(bars, { x1: "low", x2: "high", y1: "label", y2: "label", stroke: "currentColor" }),
        axisX({ label: title, ticks: 5, tickSize: 0 }),
        axisY({ label: null, tickSize: 0 }),
        text(bars, {
          x: "high",
          y: "label",
          text: ({ mean }) => mean.toFixed(4),
          dx: 8,
          textAnchor: "start",
          fill: "currentColor",
        }),
      ],
    },
    { title, description: bars.map(({ label, mean }) => `${label} ${mean.toFixed(4)}`).join(", ") },
  );
}

function renderTable({ head, rows }: Table): Markup {
  const body = rows.map(
    ([first = "", ...cells]) =>
      markup`<tr><th scope="row">${first}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  );
  return markup`<div class="scroll"><table><thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Drawn with intervals over users; one contender alone has none to draw. */
function curves(comparison: Comparison, { curves: all }: Ablations): Markup[] {
  return all.map(
    ({ option, points }) =>
      markup`<figure>${raw(sensitivityCurve(comparison, { option, points: points.map((point) => ({ ...point })) }))}</figure>`,
  );
}

export function ablationsPage(comparison: Comparison, ablations: Ablations): string {
  const { dataset, protocol } = comparison;
  const seeds = protocol.seeds.length === 1 ? "1 seed" : `means over ${protocol.seeds.length} seeds`;
  const sections = tables(comparison, ablations).map(({ title, table }, index) => {
    const chart = index === 0 ? markup`<figure>${raw(backboneBars(comparison, ablations))}</figure>` : raw("");
    return markup`<section><h2>${title}</h2>${chart}${renderTable(table)}</section>`;
  });
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${`Ablations · ${dataset.name}`}</title>
<style>${raw(reportStyle)}${raw(comparisonStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Ablations of LATTICE</p><h1>${dataset.name}</h1>
<p>${dataset.users} users, ${dataset.items} items; test figures at the epoch that validation chose, ${seeds}; intervals are 95% over users</p></header>
<section><h2>Sensitivity</h2><div class="charts">${curves(comparison, ablations)}</div></section>
${sections}
<footer>Written by latticework ${comparison.latticework}. The whole comparison stands in compare.json and report.html.</footer>
</main>
</body>
</html>
`.html;
}

export function ablationsMarkdown(comparison: Comparison, ablations: Ablations): string {
  const curveTables = ablations.curves.map(({ option, points }) => ({
    title: option,
    table: contenderTable(
      comparison,
      option,
      points.map(({ value, contender }): [string, string] => [String(value), contender]),
    ),
  }));
  return [...tables(comparison, ablations), ...curveTables]
    .map(({ title, table }) => `## ${title}\n\n${markdownTable(table.head, table.rows)}\n`)
    .join("\n");
}
