/**
 * The picture of a made-up product as SVG, 128 × 128: its silhouette in its colour and pattern, on a pale ground with a shadow, a little
 * turned and moved as product photographs are. The picture tells kind, colour and pattern, and nothing that a text tells.
 */
import { createRandom, type Random } from "../tensor/random.ts";
import type { ColourName, PatternName } from "./catalogue.ts";
import type { Product } from "./shop.ts";
import { silhouettes } from "./silhouettes.ts";
import { pick } from "./wording.ts";

export const pictureSize = 128;

type Colour = readonly [red: number, green: number, blue: number];

/** Two shades of each family; a product's colour lies between them. */
const families: Readonly<Record<ColourName, readonly [Colour, Colour]>> = {
  red: [
    [196, 42, 44],
    [160, 34, 52],
  ],
  orange: [
    [232, 122, 38],
    [208, 92, 34],
  ],
  yellow: [
    [240, 200, 62],
    [222, 172, 38],
  ],
  green: [
    [98, 150, 62],
    [58, 112, 62],
  ],
  teal: [
    [46, 160, 156],
    [24, 116, 124],
  ],
  blue: [
    [58, 112, 190],
    [40, 72, 148],
  ],
  purple: [
    [138, 88, 176],
    [98, 58, 132],
  ],
  pink: [
    [236, 146, 176],
    [214, 104, 148],
  ],
  grey: [
    [142, 146, 154],
    [82, 88, 98],
  ],
};
const black: Colour = [24, 24, 30];
const white: Colour = [253, 249, 240];
const grounds: readonly Colour[] = [
  [244, 241, 235],
  [238, 240, 243],
  [242, 238, 240],
  [238, 242, 237],
];
const fittings: readonly string[] = ["#b98d5e", "#8a6440", "#a7abb0", "#4a4d53", "#d3b98a"];

function mix(one: Colour, other: Colour, share: number): Colour {
  const part = (n: 0 | 1 | 2): number => Math.round(one[n] + (other[n] - one[n]) * share);
  return [part(0), part(1), part(2)];
}

const hex = (colour: Colour): string => `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
const rounded = (value: number): number => Math.round(value * 10) / 10;

/** A tile of the pattern, by its edge length; repeated by SVG. */
const tiles: Readonly<Record<Exclude<PatternName, "plain">, (edge: number, accent: string) => string>> = {
  stripes: (edge, accent) => `<rect width="${rounded(edge * 0.45)}" height="${edge}" fill="${accent}"/>`,
  dots: (edge, accent) => {
    const radius = rounded(edge * 0.2);
    const [near, far] = [edge / 4, (3 * edge) / 4];
    return `<circle cx="${near}" cy="${near}" r="${radius}" fill="${accent}"/><circle cx="${far}" cy="${far}" r="${radius}" fill="${accent}"/>`;
  },
  checks: (edge, accent) => {
    const half = rounded(edge / 2);
    return `<g fill="${accent}" fill-opacity=".55"><rect width="${half}" height="${edge}"/><rect width="${edge}" height="${half}"/></g>`;
  },
  waves: (edge, accent) => {
    const [quarter, half] = [rounded(edge / 4), rounded(edge / 2)];
    return `<path d="M0 ${half}Q${quarter} ${-quarter + half} ${half} ${half}T${edge} ${half}" fill="none" stroke="${accent}" stroke-width="${rounded(edge * 0.22)}"/>`;
  },
  zigzag: (edge, accent) => {
    const [quarter, half] = [rounded(edge / 4), rounded(edge / 2)];
    return `<path d="M${-quarter} ${edge}L${quarter} ${half}L${half + quarter} ${edge}L${edge + quarter} ${half}M${-quarter} ${half}L${quarter} 0L${half + quarter} ${half}L${edge + quarter} 0" fill="none" stroke="${accent}" stroke-width="${rounded(edge * 0.17)}"/>`;
  },
  flowers: (edge, accent) => {
    const flower = (cx: number, cy: number): string => {
      const away = rounded(edge * 0.13);
      const petals = [
        [0, -away],
        [away, 0],
        [0, away],
        [-away, 0],
      ].map(
        ([dx = 0, dy = 0]) => `<circle cx="${rounded(cx + dx)}" cy="${rounded(cy + dy)}" r="${rounded(edge * 0.11)}"/>`,
      );
      return `<g fill="${accent}">${petals.join("")}</g><circle cx="${cx}" cy="${cy}" r="${rounded(edge * 0.07)}" fill="#f2c14e"/>`;
    };
    return flower(edge / 4, edge / 4) + flower((3 * edge) / 4, (3 * edge) / 4);
  },
};

/** Edge of a pattern's tile, smallest and largest. */
const tileSizes: Readonly<Record<Exclude<PatternName, "plain">, readonly [number, number]>> = {
  stripes: [8, 16],
  dots: [12, 22],
  checks: [12, 20],
  waves: [12, 20],
  zigzag: [12, 20],
  flowers: [20, 32],
};

/** The fill of the product's surface: `[definition, paint]`. */
function surface(pattern: PatternName, main: string, accent: string, random: Random): readonly [string, string] {
  if (pattern === "plain") return ["", main];
  const [low, high] = tileSizes[pattern];
  const edge = low + 4 * random.below(Math.floor((high - low) / 4) + 1);
  const turn =
    pattern === "stripes" ? pick([0, 90, 90, 45], random) : pattern === "checks" ? pick([0, 0, 45], random) : 0;
  const tile = tiles[pattern](edge, accent);
  return [
    `<pattern id="pattern" width="${edge}" height="${edge}" patternUnits="userSpaceOnUse" patternTransform="rotate(${turn})"><rect width="${edge}" height="${edge}" fill="${main}"/>${tile}</pattern>`,
    "url(#pattern)",
  ];
}

/** @returns an SVG document; the same product and seed, the same text */
export function drawProduct(product: Product, seed: number): string {
  const random = createRandom(seed, `demo/picture/${product.sku}`);
  const [light, dark] = families[product.colour];
  const shade = mix(light, dark, random.uniform());
  const main = hex(shade);
  const accent = hex(pick([white, mix(shade, white, 0.72), mix(shade, black, 0.5)], random));
  const trim = hex(pick([mix(shade, black, 0.32), mix(shade, white, 0.62), mix(shade, black, 0.12)], random));
  const line = hex(mix(shade, black, 0.62));
  const [definition, body] = surface(product.pattern, main, accent, random);
  const ground = pick(grounds, random);
  const shape = [random.uniform(), random.uniform(), random.uniform()] as const;
  const drawing = silhouettes[product.kind]({ body, trim, line, fitting: pick(fittings, random) }, shape);
  const turn = rounded(random.uniform() * 10 - 5);
  const scale = rounded(90 + random.uniform() * 10) / 100;
  const move = `${rounded(random.uniform() * 6 - 3 + 64 * (1 - scale))} ${rounded(random.uniform() * 4 - 2 + 64 * (1 - scale))}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureSize}" height="${pictureSize}" viewBox="0 0 128 128"><defs><linearGradient id="light" x1="0" y1="0" x2="1" y2=".6"><stop offset="0" stop-color="#fff" stop-opacity=".3"/><stop offset=".45" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".24"/></linearGradient><radialGradient id="ground" cx=".5" cy=".45" r=".75"><stop offset="0" stop-color="${hex(mix(ground, [255, 255, 255], 0.7))}"/><stop offset="1" stop-color="${hex(mix(ground, black, 0.05))}"/></radialGradient><radialGradient id="shadow"><stop offset="0" stop-color="#000" stop-opacity=".28"/><stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient>${definition}</defs><rect width="128" height="128" fill="url(#ground)"/><ellipse cx="64" cy="114" rx="52" ry="9" fill="url(#shadow)"/><g transform="translate(${move}) scale(${scale}) rotate(${turn} 64 64)">${drawing}</g></svg>`;
}
