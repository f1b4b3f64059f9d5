/** Products as cards: the picture from the export, inlined, with title and brand, and which sides of it are to a customer's taste. */
import fs from "node:fs";
import path from "node:path";
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { picturePath } from "../raw-files.ts";
import type { Product, Shop } from "../shop.ts";
import type { Shown } from "../showcase.ts";

/** The picture in words. */
function depict({ kind, colour, pattern }: Product): string {
  return pattern === "plain" ? `${colour} ${kind}` : `${colour} ${kind} with ${pattern}`;
}

const sides = [
  ["look", "look"],
  ["wording", "words"],
  ["company", "circle"],
] as const;

export type CardRenderer = (items: readonly Shown[]) => Markup;

/** @param exportFolder where the shop's raw files lie */
export function createCards(shop: Shop, exportFolder: string): CardRenderer {
  const picture = (product: Product): Markup => {
    if (product.picture !== "whole") return markup`<span class="none">no picture</span>`;
    const bytes = fs.readFileSync(path.join(exportFolder, picturePath(product)));
    return markup`<img src="data:image/png;base64,${bytes.toString("base64")}" width="128" height="128" alt="${depict(product)}">`;
  };
  const card = ({ product: place, match, boughtLater }: Shown): Markup => {
    const product = shop.products[place];
    if (product === undefined) return raw("");
    const chips = [
      ...(boughtLater === true ? [markup`<span class="chip hit">bought later</span>`] : []),
      ...sides
        .filter(([side]) => match?.[side] === true)
        .map(([side, word]) => markup`<span class="chip ${side}">${word}</span>`),
    ];
    const below = chips.length === 0 ? raw("") : markup`<div class="chips">${chips}</div>`;
    return markup`<li${raw(boughtLater === true ? ' class="later"' : "")}>${picture(product)}<p>${product.title} <small>${product.brand}</small></p>${below}</li>`;
  };
  return (items) => markup`<ul class="cards">${items.map(card)}</ul>`;
}
