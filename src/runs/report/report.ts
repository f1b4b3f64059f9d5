/**
 * `report.html`: one page that stands alone — no script, no network — with what a training did and how good it became,
 * in light and dark, on a phone and on paper.
 */
import type { RunContent } from "../write-run.ts";
import { renderCurves } from "./curves.ts";
import { type Markup, markup, raw } from "./markup.ts";
import { amount, duration, modelTitle, whole } from "./names.ts";
import { reportStyle } from "./style.ts";
import { renderData, renderEnvironment, renderFigures, renderItemGraph, renderSettings } from "./tables.ts";

function tile(label: string, value: string, note = ""): Markup {
  return markup`<div><dt>${label}</dt><dd>${value}${note === "" ? raw("") : markup` <small>${note}</small>`}</dd></div>`;
}

function renderTiles({ metrics }: RunContent): Markup {
  const split = Object.keys(metrics.test).length > 0 ? "test" : "validation";
  const figures = metrics[split];
  const tiles = (["recall@20", "ndcg@20"] as const).flatMap((key) => {
    const value = figures[key];
    return value === undefined
      ? []
      : [tile(`${key === "recall@20" ? "Recall" : "NDCG"} at 20, ${split}`, value.toFixed(4))];
  });
  const validated = Object.keys(metrics.validation).length > 0;
  if (metrics.epochs > 0) {
    tiles.push(
      validated
        ? tile("Best epoch", whole(metrics.bestEpoch), `of ${whole(metrics.epochs)}`)
        : tile("Epochs", whole(metrics.epochs), "the last is kept"),
    );
  }
  tiles.push(
    tile("Training time", duration(metrics.seconds.total)),
    tile("Peak memory", amount(metrics.peakMemoryBytes)),
  );
  return markup`<dl class="tiles">${tiles}</dl>`;
}

/** @returns the whole document */
export function renderReport(content: RunContent): string {
  const { config, metrics, history, weights } = content;
  const title = `${modelTitle(config)} · ${config.dataset.name}`;
  const modalityWeights =
    history.find(({ epoch }) => epoch === metrics.bestEpoch)?.modalityWeights ?? history.at(-1)?.modalityWeights ?? {};
  const day = (config.finishedAt ?? config.startedAt).slice(0, 10);
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(reportStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Training report</p><h1>${modelTitle(config)}</h1>
<p>${config.dataset.name}, ${whole(config.dataset.users)} users and ${whole(config.dataset.items)} items, seed ${config.seed}, ${day}</p></header>
${renderTiles(content)}
${renderCurves(history, config, metrics)}
${renderFigures(metrics)}
<div class="pair">${renderData(config)}${renderItemGraph(weights, modalityWeights)}</div>
<div class="pair">${renderSettings(config)}${renderEnvironment(config, metrics)}</div>
<footer>Written by latticework ${config.environment.latticework}. The figures stand in metrics.json, the history in history.jsonl, the weights in weights.safetensors.</footer>
</main>
</body>
</html>
`;
  return page.html;
}
