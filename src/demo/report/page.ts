/**
 * The demonstration's page, which stands alone — no script, no network, the pictures inside: how the way went, which model finds what customers
 * buy next, why they differ, and what five customers and four products are shown.
 */
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { duration, inWords, whole } from "../../runs/report/names.ts";
import { reportStyle } from "../../runs/report/style.ts";
import { circles } from "../catalogue.ts";
import type { Shop } from "../shop.ts";
import type { CustomerShowing, MatchShares, Showcase, SimilarShowing } from "../showcase.ts";
import type { Taste } from "../taste.ts";
import { renderBars } from "./bars.ts";
import { type CardRenderer, createCards } from "./cards.ts";
import { showcaseStyle } from "./style.ts";

/** A stretch of the way. */
export interface StageRecord {
  readonly name: string;
  /** What it did, in a line. */
  readonly result: string;
  readonly seconds: number;
}

/** How often an item shares a customer with its nearest ones, against any pair. */
export interface LiftRecord {
  readonly modality: string;
  readonly lift: number | undefined;
}

export interface PageContent {
  readonly shop: Shop;
  readonly exportFolder: string;
  readonly stages: readonly StageRecord[];
  readonly lifts: readonly LiftRecord[];
  readonly showcase: Showcase;
  /** Commands to go on with. */
  readonly next: readonly string[];
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

function section(id: string, heading: string, body: Markup): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${body}</section>`;
}

function renderTiles({ shop, stages, showcase }: PageContent): Markup {
  const [first] = showcase.models;
  const plain = showcase.models.find(({ metrics }) => metrics.model === "lightgcn");
  const recall = first?.metrics.test["recall@20"] ?? 0;
  const without = plain?.metrics.test["recall@20"] ?? 0;
  const tiles: readonly (readonly [string, string])[] = [
    ["Products", whole(shop.products.length)],
    ["Customers", whole(shop.customerIds.length)],
    ["Recall at 20, LATTICE", recall.toFixed(4)],
    [
      "Over LightGCN",
      without === 0 ? "–" : `${recall < without ? "−" : "+"}${percent(Math.abs(recall / without - 1))}`,
    ],
    ["The whole way", duration(stages.reduce((sum, { seconds }) => sum + seconds, 0))],
  ];
  return markup`<dl class="tiles">${tiles.map(([label, value]) => markup`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function renderStages({ stages }: PageContent): Markup {
  const rows = stages.map(
    ({ name, result, seconds }) => markup`<li><b>${name}</b><span>${result}</span><i>${duration(seconds)}</i></li>`,
  );
  return section("way", "From raw files to recommendations", markup`<ol class="stages">${rows}</ol>`);
}

function renderComparison({ showcase }: PageContent): Markup {
  const charts = (["recall@20", "ndcg@20"] as const).map((figure) => {
    const name = figure === "recall@20" ? "Recall at 20" : "NDCG at 20";
    const bars = showcase.models.map(({ title, metrics }, n) => ({
      label: title,
      value: metrics.test[figure] ?? 0,
      strong: n === 0,
    }));
    const description = inWords(bars.map(({ label, value }) => `${label} ${value.toFixed(4)}`));
    const chart = renderBars({ title: name, description, bars, format: (value) => value.toFixed(3), width: 380 });
    return markup`<figure><figcaption><b>${name}</b> on purchases that no model saw</figcaption>${raw(chart)}</figure>`;
  });
  return section(
    "comparison",
    "Which model finds what customers buy next",
    markup`<p class="lead">Each customer’s last purchases were held out. Recall says how many of them stand among the twenty first recommendations, NDCG how far up.</p><div class="charts">${charts}</div>`,
  );
}

const sideTexts: Readonly<Record<keyof MatchShares, readonly [heading: string, note: string]>> = {
  look: ["Colour", "shown by pictures only"],
  wording: ["Style", "told by texts only"],
  company: ["Circle", "seen in purchases only"],
};

function renderReasons({ showcase, lifts }: PageContent): Markup {
  const charts = (["look", "wording", "company"] as const).map((side) => {
    const [heading, note] = sideTexts[side];
    const bars = showcase.models.map(({ title, shares }, n) => ({
      label: title,
      value: shares[side],
      strong: n === 0,
    }));
    const chance = showcase.byChance[side];
    const chart = renderBars({
      title: `${heading}: share of recommendations to the customer’s taste`,
      description: `${inWords(bars.map(({ label, value }) => `${label} ${percent(value)}`))}; by chance ${percent(chance)}.`,
      bars,
      format: percent,
      width: 310,
      reference: { label: `chance ${percent(chance)}`, value: chance },
    });
    return markup`<figure><figcaption><b>${heading}</b> ${note}</figcaption>${raw(chart)}</figure>`;
  });
  const known = lifts.filter(({ lift }) => lift !== undefined);
  const liftText = inWords(
    known.map(
      ({ modality, lift }) => `${(lift ?? 0).toFixed(1)} times as often for the nearest ${senseTitle(modality)}`,
    ),
  );
  const lift =
    known.length === 0
      ? raw("")
      : markup`<p class="note" style="margin: 18px 0 0">Two products share a customer ${liftText} as for any two.</p>`;
  return section(
    "reasons",
    "Why they differ",
    markup`<p class="lead">In this shop every customer’s taste has three hidden sides: the <b>colours</b> they like, the <b>styles</b>, and the brands of their <b>circle</b> of customers. Each can be seen in one place only. The charts hold the ten first recommendations of every customer against these tastes, which no model was told; a model that follows several sides divides its places among them.</p><div class="charts">${charts}</div>${lift}`,
  );
}

function tasteText({ colours, patterns, styles, makes, circles: own }: Taste): Markup {
  const brands = circles[own[0] ?? 0] ?? [];
  return markup`<p class="taste">Hidden taste: <b class="look">${colours.join(", ")}; ${patterns.join(", ")}</b> · <b class="wording">${styles.join(", ")}; ${makes.join(", ")}</b> · <b class="company">${brands.join(", ")}</b></p>`;
}

function renderCustomer(
  { id, taste, bought, lists }: CustomerShowing,
  content: PageContent,
  cards: CardRenderer,
): Markup {
  const rows = lists.map(({ model, items }) => {
    const sees = content.showcase.models.find(({ title }) => title === model)?.sees ?? "";
    return markup`<div class="row"><h4>${model}<small>${sees}</small></h4>${cards(items)}</div>`;
  });
  return markup`<article class="customer" aria-labelledby="${id}"><h3 id="${id}">Customer ${id}</h3>${tasteText(taste)}<div class="row bought" style="--across: 8"><h4>Bought</h4>${cards(bought)}</div>${rows}</article>`;
}

function renderCustomers(content: PageContent, cards: CardRenderer): Markup {
  const articles = content.showcase.customers.map((customer) => renderCustomer(customer, content, cards));
  return section(
    "customers",
    "Five customers",
    markup`<p class="lead">What they bought, and what each model recommends. The hidden taste is the generator’s; the models saw purchases, pictures and texts.</p><ul class="legend"><li><span class="chip look">colour</span>one that they like</li><li><span class="chip wording">style</span>one that they like</li><li><span class="chip company">circle</span>a brand of their circle</li><li><span class="chip hit">bought later</span>among the purchases held out</li></ul>${articles}`,
  );
}

function senseTitle(sense: string): string {
  if (sense === "graph") return "by the item graph";
  return sense === "image" ? "by picture" : `by ${sense}`;
}

function renderSimilar(similar: readonly SimilarShowing[], cards: CardRenderer): Markup {
  const articles = similar.map(({ product, senses }) => {
    const rows = senses.map(
      ({ sense, items }) => markup`<div class="row"><h4>${senseTitle(sense)}</h4>${cards(items)}</div>`,
    );
    return markup`<article class="alike">${cards([{ product }])}<div>${rows}</div></article>`;
  });
  return section(
    "similar",
    "Similar products",
    markup`<p class="lead">Nearest by picture, nearest by text, and nearest in the item graph, which LATTICE mined from both.</p>${articles}`,
  );
}

function* placesShown({ customers, similar }: Showcase): Generator<number> {
  for (const { bought, lists } of customers) {
    for (const { product } of [...bought, ...lists.flatMap(({ items }) => items)]) yield product;
  }
  for (const { product, senses } of similar) {
    yield product;
    for (const { items } of senses) for (const shown of items) yield shown.product;
  }
}

/** @returns the whole document */
export async function renderPage(content: PageContent): Promise<string> {
  const { shop, showcase, next } = content;
  const cards = await createCards(shop, content.exportFolder, placesShown(showcase));
  const purchases = shop.orders.filter(({ event }) => event === "purchase").length;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Latticework: a made-up shop</title>
<style>${raw(reportStyle)}${raw(showcaseStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Latticework demonstration</p><h1>A made-up shop</h1>
<p>${whole(shop.products.length)} products, ${whole(shop.customerIds.length)} customers, ${whole(purchases)} purchases, seed ${shop.size.seed}; everything below was computed from its raw files</p></header>
${renderTiles(content)}
${renderComparison(content)}
${renderReasons(content)}
${renderCustomers(content, cards)}
${renderSimilar(showcase.similar, cards)}
${renderStages(content)}
${section("next", "Go on with", markup`<pre><code>${next.join("\n")}</code></pre>`)}
</main>
</body>
</html>
`.html;
}
