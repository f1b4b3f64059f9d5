/** The tables of a comparison's page. */
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { amount, duration, modelTitle, whole } from "../../runs/report/names.ts";
import { parseTrainingOptions } from "../../training/parse-options.ts";
import type { Comparison, ContenderResult } from "../comparison-format.ts";
import { bestFirst, percentText, probabilityText, rangeText, spreadText, verdictOf } from "../shown.ts";
import { figureTitle } from "./accuracy-charts.ts";

type Cell = string | Markup;

/** A table that scrolls where there is no room; the first cell of a row names it. */
export function table(id: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const columns = head.map((text) => markup`<th scope="col">${text}</th>`);
  const body = rows.map(([name = "", ...cells]) => {
    const values = cells.map((cell) => (typeof cell === "string" ? markup`<td>${cell}</td>` : cell));
    return markup`<tr><th scope="row">${name}</th>${values}</tr>`;
  });
  return markup`<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table aria-labelledby="${id}"><thead><tr>${columns}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export function accuracyTable(comparison: Comparison): Markup {
  const { protocol } = comparison;
  const names = ["recall", "ndcg", "precision"];
  const figures = protocol.cutoffs.flatMap((cutoff) => names.map((name) => `${name}@${cutoff}`));
  const shown = [...new Set([...protocol.tested, ...figures])];
  const rows = bestFirst(comparison).map(({ name, test }) => [
    name,
    ...shown.map((figure) => (test[figure] === undefined ? "–" : spreadText(test[figure]))),
  ]);
  return table("accuracy", ["Model", ...shown.map(figureTitle)], rows);
}

const marks = {
  reference: "reference",
  better: "▲ better",
  worse: "▼ worse",
  "no difference shown": "none shown",
} as const;

export function significanceTable(comparison: Comparison): Markup {
  const { reference, protocol } = comparison;
  const rows = bestFirst(comparison).flatMap((contender) =>
    protocol.tested.flatMap((figure): Cell[][] => {
      const test = contender.significance[figure];
      if (test === undefined) return [];
      const base = comparison.contenders.find(({ name }) => name === reference.name)?.test[figure]?.mean ?? 0;
      const [low, high] = test.interval;
      return [
        [
          contender.name,
          figureTitle(figure),
          base === 0 ? "–" : percentText(test.difference / base),
          `${low.toFixed(4)} to ${high.toFixed(4)}`,
          whole(test.users),
          probabilityText(test.p),
          probabilityText(test.corrected),
          marks[verdictOf(comparison, contender, figure)],
        ],
      ];
    }),
  );
  const head = [
    "Model",
    "Figure",
    `Against ${reference.name}`,
    "Difference",
    "Users who differ",
    "p",
    "p, corrected",
    "Difference?",
  ];
  return table("significance", head, rows);
}

export function exposureTable(comparison: Comparison): Markup {
  const { cutoff } = comparison.protocol;
  const rows = bestFirst(comparison).map(({ name, exposure }) => [
    name,
    exposure.coverage.toFixed(3),
    exposure.novelty.toFixed(2),
    exposure.popularity.toFixed(1),
    exposure.historyPopularity.toFixed(1),
    percentText(exposure.popularityLift),
    exposure.gini.toFixed(3),
  ]);
  const head = [
    "Model",
    `Coverage@${cutoff}`,
    "Novelty, bits",
    "Popularity of lists",
    "of histories",
    "Lift",
    "Gini of exposure",
  ];
  return table("exposure", head, rows);
}

export function costTable(comparison: Comparison): Markup {
  const rows = bestFirst(comparison).map(({ name, cost, runs }) => [
    name,
    spreadText(cost.secondsPerEpoch, 2),
    spreadText(cost.epochs, 0),
    duration(cost.seconds.mean),
    amount(cost.peakMemoryBytes),
    String(Math.max(...runs.map(({ threads }) => threads))),
  ]);
  return table("cost", ["Model", "Seconds an epoch", "Epochs", "Training", "Peak memory", "Threads"], rows);
}

/** Cells shaded by their value among those of their column, so that both rows and columns can be read. */
function shadedTable(
  id: string,
  heads: readonly string[],
  rows: readonly { readonly name: string; readonly values: readonly number[] }[],
): Markup {
  const columns = heads.map((_, column) => rows.map(({ values }) => values[column] ?? 0));
  const most = columns.map((values) => Math.max(...values));
  const cells = rows.map(({ name, values }) => [
    name,
    ...values.map((value, column) => {
      const share = (most[column] ?? 0) === 0 ? 0 : value / (most[column] ?? 1);
      return markup`<td class="shaded" style="--share: ${(30 * share * share).toFixed(1)}%">${value.toFixed(4)}</td>`;
    }),
  ]);
  return table(id, ["Model", ...heads], cells);
}

export function activityTable(comparison: Comparison, figure: string): Markup {
  const heads = comparison.breakdown.activity.map(
    (group) => `${rangeText(group)} in training, ${whole(group.weight)} users`,
  );
  const rows = bestFirst(comparison).map(({ name, byActivity }) => ({ name, values: byActivity[figure] ?? [] }));
  return shadedTable("activity", heads, rows);
}

export function popularityTable(comparison: Comparison): Markup {
  const heads = comparison.breakdown.popularity.map(
    (group) => `${rangeText(group)} in training, ${whole(group.weight)} held out`,
  );
  const rows = bestFirst(comparison).map(({ name, byPopularity }) => ({ name, values: byPopularity }));
  return shadedTable("popularity", heads, rows);
}

/** What differs from the specification's defaults: the model's own defaults and what was set. */
function settingsText({ options }: ContenderResult): string {
  const defaults: Readonly<Record<string, unknown>> = parseTrainingOptions({});
  const shownValue = (value: unknown): string =>
    typeof value === "object" && value !== null ? Object.values(value).join("/") : String(value);
  return Object.entries(options)
    .filter(([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[key]))
    .map(([key, value]) => `${key}=${shownValue(value)}`)
    .join(", ");
}

export function settingsTable(comparison: Comparison): Markup {
  const rows = bestFirst(comparison).map((contender): Cell[] => {
    const text = settingsText(contender);
    const settings = text === "" ? markup`<td>the defaults</td>` : markup`<td><code>${text}</code></td>`;
    return [contender.name, modelTitle(contender), settings];
  });
  return rows.length === 0
    ? raw("")
    : table("settings", ["Name", "Model", "Settings that differ from the defaults"], rows);
}
