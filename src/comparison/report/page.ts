/**
 * `report.html` of a comparison: one page that stands alone — no script, no network — with who is more accurate and how sure that is, at what price, what
 * the lists are like beside being right, and for whom; in light and dark, on a phone and on paper.
 */
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { duration, whole } from "../../runs/report/names.ts";
import { reportStyle } from "../../runs/report/style.ts";
import type { Comparison } from "../comparison-format.ts";
import { accuracyAgainstTime, accuracyBars, figureTitle } from "./accuracy-charts.ts";
import {
  accuracyTable,
  activityTable,
  costTable,
  exposureTable,
  popularityTable,
  settingsTable,
  significanceTable,
} from "./comparison-tables.ts";
import { modalityWeightBars, optionTitle, sensitivityCurve } from "./option-charts.ts";
import { comparisonStyle } from "./style.ts";

function section(id: string, heading: string, note: string, ...body: readonly Markup[]): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2><p class="note">${note}</p>${body}</section>`;
}

const figure = (heading: string, drawing: string): Markup =>
  markup`<figure><figcaption><b>${heading}</b></figcaption>${raw(drawing)}</figure>`;

function tiles({ contenders, protocol, reference }: Comparison): Markup {
  const best = contenders.find(({ name }) => name === reference.name);
  const total = contenders.flatMap(({ runs }) => runs).reduce((sum, { seconds }) => sum + seconds.total, 0);
  const first = protocol.validateBy;
  const parts: readonly (readonly [string, string])[] = [
    [reference.chosenBy === "validation" ? "Best on validation" : "Reference", reference.name],
    [`Its ${figureTitle(first)}, test`, (best?.test[first]?.mean ?? 0).toFixed(4)],
    ["Models", whole(contenders.length)],
    ["Seeds a model", whole(protocol.seeds.length)],
    ["All trainings", duration(total)],
  ];
  return markup`<dl class="tiles">${parts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function sensitivity(comparison: Comparison): Markup {
  if (comparison.sensitivity.length === 0) return raw("");
  const curves = comparison.sensitivity.map((one) => {
    const model = comparison.contenders.find(({ name }) => name === one.points[0]?.contender);
    const heading = [optionTitle(one.option), model?.model, model?.backbone].filter((part) => part !== undefined);
    return figure(heading.join(" · "), sensitivityCurve(comparison, one));
  });
  const note = "One option changes, all others stay. The band is the interval over users.";
  return section("sensitivity", "Sensitivity", note, markup`<div class="charts">${curves}</div>`);
}

function modalities(comparison: Comparison): Markup {
  const bars = modalityWeightBars(comparison);
  if (bars === undefined) return raw("");
  const note = "The share of each modality in the item graph at the best epoch, mean over seeds.";
  return section("modalities", "Modality weights", note, figure("Weight of each modality", bars));
}

/** @returns the whole document */
export function renderComparison(comparison: Comparison): string {
  const { dataset, protocol, reference } = comparison;
  const first = protocol.validateBy;
  const seeds =
    protocol.seeds.length === 1 ? "One seed" : `Mean ± standard deviation over ${protocol.seeds.length} seeds`;
  const share = Math.round(100 * protocol.confidence);
  const bars = protocol.tested.map((name) => figure(figureTitle(name), accuracyBars(comparison, name)));
  const ndcg =
    protocol.ndcg === "standard" ? "NDCG is the standard one" : "NDCG is the retrieved one of LATTICE’s released code";
  const masked = protocol.maskValidation ? " and validation" : "";
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison · ${dataset.name}</title>
<style>${raw(reportStyle + comparisonStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Comparison</p><h1>${whole(comparison.contenders.length)} models on ${dataset.name}</h1>
<p>${whole(dataset.users)} users and ${whole(dataset.items)} items, ${whole(dataset.interactions.train)} interactions to train with, ${comparison.finishedAt.slice(0, 10)}</p></header>
${tiles(comparison)}
${section("accuracy", "Accuracy", `${seeds}, on the test set, at the epoch that was best on validation by ${figureTitle(first)}. Lines are ${share}% intervals over users (bootstrap, ${whole(protocol.resamples)} draws).`, markup`<div class="charts wide">${bars}</div>`, accuracyTable(comparison))}
${section("significance", `Against ${reference.name}`, `Each user’s figure, mean over seeds, paired with the same user’s under ${reference.name}: Wilcoxon’s signed-rank test, two-sided, Holm-corrected over the models. Below 0.05 a difference is told as one.`, significanceTable(comparison))}
${section("time", "Accuracy against time", "Mean training time to the end of early stopping, validation and initial graphs included.", figure(figureTitle(first), accuracyAgainstTime(comparison)), costTable(comparison))}
${section("exposure", "Beside accuracy", `Lists of ${protocol.cutoff}. Novelty: mean self-information of recommended items. Popularity: mean training interactions of recommended items, and of what users took before; lift is one over the other. Gini: 0 all items equally often, 1 one item always.`, exposureTable(comparison))}
${section("activity", "By activity of users", `${figureTitle(first)} in groups of users by how much they took in training. The darker, the nearer to the column’s best.`, activityTable(comparison, first))}
${section("popularity", "By popularity of items", `Share of the held-out interactions that stand in lists of ${protocol.cutoff}, by how often the item was taken in training.`, popularityTable(comparison))}
${modalities(comparison)}
${sensitivity(comparison)}
${section("settings", "Settings", `Each list ranks all items except those of the user’s training${masked}; ${ndcg}. Nothing was chosen by the test set.`, settingsTable(comparison))}
<footer>Written by latticework ${comparison.latticework}. The same figures stand in compare.json and compare.csv, the trainings under runs/.</footer>
</main>
</body>
</html>
`;
  return page.html;
}
