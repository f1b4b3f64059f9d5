/**
 * The hidden truth of the made-up shop. What a product is has three sides: its look (colour, pattern), which only the picture shows; its
 * wording (style, make, use), which only the text tells; and its company (its brand's circle), which shows only in who buys it.
 * A customer buys a product with a chance of
 *
 *   popularity · kind · (colour · pattern) · (style · make · use) · circle
 *
 * where each factor is 1 for what the customer likes and a fraction for what they do not care for.
 */
import { shuffle } from "../data/holdout.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import {
  type ColourName,
  circleOf,
  circles,
  colourNames,
  type KindName,
  kindNames,
  type MakeName,
  makeNames,
  type PatternName,
  patternNames,
  type StyleName,
  styleNames,
  type UseName,
  useNames,
} from "./catalogue.ts";

/** What tastes are about; a product has one value of each. */
export interface Qualities {
  readonly kind: KindName;
  readonly colour: ColourName;
  readonly pattern: PatternName;
  readonly style: StyleName;
  readonly make: MakeName;
  readonly use: UseName;
  readonly brand: string;
}

/** What one customer likes. The first circle is theirs, the second that of some of their friends. */
export interface Taste {
  readonly kinds: readonly KindName[];
  readonly colours: readonly ColourName[];
  readonly patterns: readonly PatternName[];
  readonly styles: readonly StyleName[];
  readonly makes: readonly MakeName[];
  readonly uses: readonly UseName[];
  readonly circles: readonly number[];
}

/** How many of each a customer likes, and the chance of the others against 1 for those. */
const strengths = {
  kind: { liked: 6, otherwise: 0.3 },
  colour: { liked: 2, otherwise: 0.08 },
  pattern: { liked: 2, otherwise: 0.2 },
  style: { liked: 2, otherwise: 0.08 },
  make: { liked: 2, otherwise: 0.3 },
  use: { liked: 3, otherwise: 0.5 },
  circle: { liked: 1, otherwise: 0.06 },
} as const;
/** Of products of the second circle. */
const friendsCircle = 0.3;

function some<Value>(values: readonly Value[], count: number, random: Random): readonly Value[] {
  const order = [...values];
  shuffle(order, order.length, random);
  return order.slice(0, count);
}

export function makeTaste(seed: number, customer: number): Taste {
  const random = createRandom(seed, `demo/taste/${customer}`);
  return {
    kinds: some(kindNames, strengths.kind.liked, random),
    colours: some(colourNames, strengths.colour.liked, random),
    patterns: some(patternNames, strengths.pattern.liked, random),
    styles: some(styleNames, strengths.style.liked, random),
    makes: some(makeNames, strengths.make.liked, random),
    uses: some(useNames, strengths.use.liked, random),
    circles: some([...circles.keys()], 2, random),
  };
}

/** Products by the places of their qualities in the lists of the catalogue: a row a product. */
export type QualityTable = Uint8Array;
const qualities = 7;
/** Room for the values of one quality in a customer's factors. */
const stride = 16;

export function tabulateQualities(products: readonly Qualities[]): QualityTable {
  return Uint8Array.from(
    products.flatMap(({ kind, colour, pattern, style, make, use, brand }) => [
      kindNames.indexOf(kind),
      colourNames.indexOf(colour),
      patternNames.indexOf(pattern),
      styleNames.indexOf(style),
      makeNames.indexOf(make),
      useNames.indexOf(use),
      circleOf(brand),
    ]),
  );
}

/** A customer's factor of each value of each quality, in the order of `QualityTable`. */
function factorsOf(taste: Taste): Float64Array {
  const factors = new Float64Array(qualities * stride);
  const set = <Value>(
    quality: number,
    values: readonly Value[],
    liked: readonly Value[],
    { otherwise }: { readonly otherwise: number },
  ): void => {
    for (const [place, value] of values.entries())
      factors[quality * stride + place] = liked.includes(value) ? 1 : otherwise;
  };
  set(0, kindNames, taste.kinds, strengths.kind);
  set(1, colourNames, taste.colours, strengths.colour);
  set(2, patternNames, taste.patterns, strengths.pattern);
  set(3, styleNames, taste.styles, strengths.style);
  set(4, makeNames, taste.makes, strengths.make);
  set(5, useNames, taste.uses, strengths.use);
  set(6, [...circles.keys()], taste.circles.slice(0, 1), strengths.circle);
  for (const circle of taste.circles.slice(1)) factors[6 * stride + circle] = friendsCircle;
  return factors;
}

/** How much a customer likes each of these products, above 0, at most 1; written into `out`. */
export function likings(taste: Taste, table: QualityTable, chosen: Int32Array, out: Float64Array): void {
  const factors = factorsOf(taste);
  for (const [place, product] of chosen.entries()) {
    let factor = 1;
    for (let quality = 0; quality < qualities; quality++) {
      factor *= factors[quality * stride + table[product * qualities + quality]];
    }
    out[place] = factor;
  }
}

/** Which sides of a product are to a customer's taste: its colour, its style, its brand's circle. */
export interface Match {
  readonly look: boolean;
  readonly wording: boolean;
  readonly company: boolean;
}

export function matchOf(taste: Taste, product: Qualities): Match {
  return {
    look: taste.colours.includes(product.colour),
    wording: taste.styles.includes(product.style),
    company: taste.circles[0] === circleOf(product.brand),
  };
}
