/** Products as cards: the picture from the export, inlined, with title and brand, and which sides of it are to a customer's taste. */
import path from "node:path";
import sharp from "sharp";
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { picturePath } from "../raw-files.ts";
import type { Product, Shop } from "../shop.ts";
import type { Shown } from "../showcase.ts";

/** The picture in words. */
function depict({ kind, colour, pattern }: Product): string {
  return pattern === "plain" ? `${colour} ${kind}` : `${colour} ${kind} with ${pattern}`;
}

const sides = [
  ["look", "colour"],
  ["wording", "style"],
  ["company", "circle"],
] as const;

export type CardRenderer = (items: readonly Shown[]) => Markup;

/** Pictures as data addresses, by product; smaller than the export's, which keep every pixel as it was drawn. */
async function readPictures(shop: Shop, exportFolder: string, places: Iterable<number>): Promise<Map<number, string>> {
  const pictures = new Map<number, string>();
  const read = async (place: number): Promise<void> => {
    const product = shop.products[place];
    if (product === undefined || product.picture !== "whole") return;
    const bytes = await sharp(path.join(exportFolder, picturePath(product)))
      .webp({ quality: 88 })
      .toBuffer();
    pictures.set(place, `data:image/webp;base64,${bytes.toString("base64")}`);
  };
  await Promise.all([...new Set(places)].map(read));
  return pictures;
}

/**
 * @param exportFolder where the shop's raw files lie
 * @param places all products that will be shown
 */
export async function createCards(shop: Shop, exportFolder: string, places: Iterable<number>): Promise<CardRenderer> {
  const pictures = await readPictures(shop, exportFolder, places);
  const card = ({ product: place, match, boughtLater }: Shown): Markup => {
    const product = shop.products[place];
    if (product === undefined) return raw("");
    const address = pictures.get(place);
    const picture =
      address === undefined
        ? markup`<span class="none">no picture</span>`
        : markup`<img src="${raw(address)}" width="128" height="128" alt="${depict(product)}">`;
    const chips = [
      ...(boughtLater === true ? [markup`<span class="chip hit">bought later</span>`] : []),
      ...sides
        .filter(([side]) => match?.[side] === true)
        .map(([side, word]) => markup`<span class="chip ${side}">${word}</span>`),
    ];
    const below = chips.length === 0 ? raw("") : markup`<div class="chips">${chips}</div>`;
    return markup`<li${raw(boughtLater === true ? ' class="later"' : "")}>${picture}<p>${product.title} <small>${product.brand}</small></p>${below}</li>`;
  };
  return (items) => markup`<ul class="cards">${items.map(card)}</ul>`;
}
