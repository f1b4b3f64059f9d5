/** The tables of a report: figures by split and cutoff, the item graph, the data, the settings, the environment. */
import { cutoffOf, type MetricTable } from "../../evaluation/metric-table.ts";
import { optionKeys } from "../../training/option-keys.ts";
import type { RunConfig, RunMetrics } from "../run-format.ts";
import type { RunWeights, StoredItemGraph } from "../weights.ts";
import { type Markup, markup, raw } from "./markup.ts";
import { amount, duration, figureName, whole } from "./names.ts";

type Fact = readonly [label: string, value: string | Markup];

function facts(id: string, heading: string, rows: readonly Fact[]): Markup {
  const body = rows.map(([label, value]) => markup`<tr><th scope="row">${label}</th><td>${value}</td></tr>`);
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2><table class="facts"><tbody>${body}</tbody></table></section>`;
}

/** One row a metric, one column a split and cutoff. */
export function renderFigures(metrics: RunMetrics): Markup {
  const columns = (["validation", "test"] as const).flatMap((split) => {
    const cutoffs = new Set(Object.keys(metrics[split]).map(cutoffOf));
    return [...cutoffs].sort((a, b) => a - b).map((cutoff) => ({ split, cutoff }));
  });
  if (columns.length === 0) return raw("");
  const tables: readonly MetricTable[] = [metrics.validation, metrics.test];
  const names = [...new Set(tables.flatMap((table) => Object.keys(table)).map((key) => key.split("@")[0] ?? key))];
  const head = columns.map(({ split, cutoff }) => markup`<th scope="col">${split} @${cutoff}</th>`);
  const body = names.map((name) => {
    const cells = columns.map(({ split, cutoff }) => {
      const value = metrics[split][`${name}@${cutoff}`];
      return markup`<td>${value === undefined ? "–" : value.toFixed(4)}</td>`;
    });
    return markup`<tr><th scope="row">${figureName(name)}</th>${cells}</tr>`;
  });
  const choice = Object.keys(metrics.validation).length > 0 ? "the best on validation" : "the last";
  const when = metrics.epochs === 0 ? "There was nothing to train." : `At epoch ${metrics.bestEpoch}, ${choice}.`;
  const note = `${when} Each user’s list ranks all items except those of their training.`;
  return markup`<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<p class="note" id="figures-note">${note}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="figures"><table aria-labelledby="figures" aria-describedby="figures-note"><thead><tr><th scope="col">Metric</th>${head}</tr></thead><tbody>${body}</tbody></table></div></section>`;
}

function graphFacts({ rows, rowPointers, columnIndices, values }: StoredItemGraph): Fact[] {
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  let alone = 0;
  let own = 0;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    let others = 0;
    for (let p = rowPointers[row]; p < rowPointers[row + 1]; p++) {
      if (values[p] !== 0 && columnIndices[p] !== row) others++;
      if (columnIndices[p] === row) own += values[p];
      total += values[p];
    }
    fewest = Math.min(fewest, others);
    most = Math.max(most, others);
    if (others === 0) alone++;
  }
  return [
    ["Items", whole(rows)],
    ["Entries", whole(columnIndices.length)],
    ["Neighbours an item, mean", (columnIndices.length / Math.max(1, rows)).toFixed(1)],
    ["Other items reached, fewest to most", `${whole(fewest)} to ${whole(most)}`],
    ["Items that reach no other", whole(alone)],
    ["Weight an item keeps for itself", total === 0 ? "–" : `${((100 * own) / total).toFixed(1)}%`],
  ];
}

export function renderItemGraph(weights: RunWeights, modalityWeights: Readonly<Record<string, number>>): Markup {
  if (weights.itemGraph === undefined) return raw("");
  const rows = graphFacts(weights.itemGraph);
  for (const [name, { width, indices, cosines }] of Object.entries(weights.neighbours)) {
    let sum = 0;
    let count = 0;
    for (let p = 0; p < indices.length; p++) {
      if (indices[p] < 0 || indices[p] === Math.floor(p / width)) continue;
      sum += cosines[p];
      count++;
    }
    const weight = modalityWeights[name];
    const share = weight === undefined ? "" : `weight ${weight.toFixed(3)}, `;
    rows.push([
      `Modality ${name}`,
      `${share}mean cosine of neighbours ${count === 0 ? "–" : (sum / count).toFixed(3)}`,
    ]);
  }
  return facts("graph", "Item graph", rows);
}

export function renderData({ dataset }: RunConfig): Markup {
  const { users, items, interactions, dislikes, weighted } = dataset;
  const pairs = interactions.train + interactions.validation + interactions.test;
  return facts("data", "Data", [
    ["Dataset", dataset.name],
    ["Users", whole(users)],
    ["Items", whole(items)],
    ["Interactions", whole(pairs)],
    [
      "Training, validation, test",
      `${whole(interactions.train)}, ${whole(interactions.validation)}, ${whole(interactions.test)}`,
    ],
    ...(weighted === true ? [["Training interactions", "weighted"] as const] : []),
    ...(dislikes === undefined ? [] : [["Dislikes", whole(dislikes)] as const]),
    ["Density", `${((100 * pairs) / Math.max(1, users * items)).toPrecision(2)}%`],
    ...dataset.modalities.map(({ name, columns, neighbourWidth, missing }): Fact => {
      const parts = [
        ...(columns === undefined ? [] : [`${whole(columns)} features`]),
        ...(neighbourWidth === undefined ? [] : [`${neighbourWidth} neighbours given`]),
        ...(missing === undefined ? [] : [missing === 1 ? "1 item lacks it" : `${whole(missing)} items lack it`]),
      ];
      return [`Modality ${name}`, parts.join(", ")];
    }),
    ["Fingerprint", markup`<code>${dataset.fingerprint.slice(0, 16)}</code>`],
  ]);
}

function shownValue(value: unknown): string {
  if (value === undefined) return "all";
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object" && value !== null) return Object.values(value).join(" / ");
  return String(value);
}

/** Every option; those that differ from the default stand out. */
export function renderSettings({ options, seed }: RunConfig): Markup {
  const values: Readonly<Record<string, unknown>> = options;
  const keys = optionKeys.filter(({ key }) => !key.includes("."));
  const rows = keys.map(({ key, default: standard }): Fact => {
    const value = values[key];
    const changed = JSON.stringify(standard) !== JSON.stringify(value);
    const text = shownValue(value);
    return [key, changed ? markup`<span class="changed" data-default="${shownValue(standard)}">${text}</span>` : text];
  });
  return facts("settings", "Settings", [["seed", String(seed)], ...rows]);
}

export function renderEnvironment({ environment, startedAt, finishedAt }: RunConfig, metrics: RunMetrics): Markup {
  return facts("environment", "Environment", [
    ["latticework", environment.latticework],
    ["Node", environment.node],
    ["Platform", environment.platform],
    [
      "Engine",
      `${environment.engine}, ${environment.precision}, ${environment.threads} ${environment.threads === 1 ? "thread" : "threads"}`,
    ],
    ["Started", startedAt],
    ...(finishedAt === undefined ? [] : [["Finished", finishedAt] as const]),
    ["Training", duration(metrics.seconds.total)],
    ["An epoch", duration(metrics.seconds.perEpoch)],
    ["Building initial graphs", duration(metrics.seconds.graph)],
    ["Peak memory", amount(metrics.peakMemoryBytes)],
  ]);
}
