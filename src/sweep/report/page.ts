/** `report.html` of a sweep: one page that stands alone, with the winner, the validation curves of all trials, what each key did, and every trial's figures. */
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { amount, duration, figureName, modelTitle, whole } from "../../runs/report/names.ts";
import { reportStyle } from "../../runs/report/style.ts";
import type { SettingValue } from "../dimension.ts";
import type { Sweep, SweepResult } from "../sweep-format.ts";
import { scoreOf, type TrialRecord } from "../trial.ts";
import { renderCurves, renderInfluences } from "./charts.ts";

const fourDigits = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(4));

export function settingText(value: SettingValue | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(settingText).join(", ");
  return typeof value === "object" && value !== null ? Object.values(value).map(settingText).join("/") : String(value);
}

function tile(label: string, value: string, note = ""): Markup {
  return markup`<div><dt>${label}</dt><dd>${value}${note === "" ? raw("") : markup` <small>${note}</small>`}</dd></div>`;
}

function renderTiles(result: SweepResult): Markup {
  const { figure, winner } = result;
  const name = `${figureName(figure)} at ${figure.split("@")[1] ?? ""}`;
  const trained = result.finished + result.stopped + result.failed;
  return markup`<dl class="tiles">${[
    tile(`${name}, validation`, fourDigits(winner.validation[figure])),
    tile(`${name}, test`, fourDigits(winner.test[figure]), "the winner’s, looked at once"),
    tile("Trials", whole(trained), `${result.stopped} stopped early, ${result.failed} failed`),
    tile("Computing time", duration(result.seconds)),
  ]}</dl>`;
}

function renderWinner({ winner }: SweepResult): Markup {
  const figures = [...new Set([...Object.keys(winner.validation), ...Object.keys(winner.test)])];
  const rows = figures.map(
    (figure) =>
      markup`<tr><th scope="row">${figure}</th><td>${fourDigits(winner.validation[figure])}</td><td>${fourDigits(winner.test[figure])}</td></tr>`,
  );
  const settings = Object.entries(winner.setting).map(
    ([key, value]) => markup`<tr><th scope="row">${key}</th><td>${settingText(value)}</td></tr>`,
  );
  return markup`<div class="pair"><section aria-labelledby="setting"><h2 id="setting">The winner’s setting</h2><table class="facts"><tbody>${settings}</tbody></table></section>
<section aria-labelledby="figures"><h2 id="figures">The winner’s figures</h2><table><thead><tr><th scope="col">Figure</th><th scope="col">validation</th><th scope="col">test</th></tr></thead><tbody>${rows}</tbody></table></section></div>`;
}

function outcomeText({ outcome }: TrialRecord): string {
  switch (outcome.status) {
    case "finished":
      return `${outcome.epochs} epochs`;
    case "stopped":
      return `stopped after ${outcome.epochs} epochs`;
    case "failed":
      return `failed: ${outcome.message}`;
  }
}

function renderTrials(trials: readonly TrialRecord[], keys: readonly string[], winner: SweepResult["winner"]): Markup {
  const rows = trials
    .toSorted((a, b) => b.rung - a.rung || scoreOf(b) - scoreOf(a) || a.trial - b.trial)
    .map((record) => {
      const { outcome } = record;
      const isWinner = record.trial === winner.trial && record.rung === winner.rung;
      const name = record.rung > 0 ? `${record.trial}, rung ${record.rung}` : String(record.trial);
      const cells = keys.map((key) => markup`<td>${settingText(record.setting[key])}</td>`);
      const measured =
        outcome.status === "failed"
          ? ["–", "–", "–"]
          : [fourDigits(outcome.best), duration(outcome.seconds), amount(outcome.peakMemoryBytes)];
      return markup`<tr><th scope="row">${isWinner ? markup`<b>${name}</b>` : name}</th>${cells}${measured.map((text) => markup`<td>${text}</td>`)}<td>${outcomeText(record)}${record.worker === undefined ? "" : ` on ${record.worker}`}</td></tr>`;
    });
  const head = ["Trial", ...keys, "validation", "time", "memory", "outcome"].map(
    (name) => markup`<th scope="col">${name}</th>`,
  );
  return markup`<section aria-labelledby="trials"><h2 id="trials">Trials</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="trials"><table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const methodNames = {
  grid: "Grid",
  random: "Random search",
  tpe: "Tree-structured Parzen estimator",
  halving: "Successive halving",
};

/** @returns the whole document; of an unfinished sweep the trials alone are missing their winner */
export function renderSweep(sweep: Sweep, trials: readonly TrialRecord[]): string {
  const { dataset, plan, result } = sweep;
  if (result === undefined) throw new Error("a sweep without result has no report");
  const keys = Object.keys(result.winner.setting);
  const title = `Sweep · ${dataset.name}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(reportStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Sweep report</p><h1>${modelTitle(result.winner)}</h1>
<p>${methodNames[plan.method]} on ${dataset.name}, ${whole(dataset.users)} users and ${whole(dataset.items)} items, seed ${plan.seed}, ${(sweep.finishedAt ?? sweep.startedAt).slice(0, 10)}</p></header>
${renderTiles(result)}
${renderCurves(trials, result)}
${renderInfluences(trials, plan, result)}
${renderWinner(result)}
${renderTrials(trials, keys, result.winner)}
<footer>Written by latticework ${sweep.latticework}. Chosen on validation alone. The trials stand in trials.jsonl, the rest in sweep.json, the winner’s run in winner/.</footer>
</main>
</body>
</html>
`.html;
}
