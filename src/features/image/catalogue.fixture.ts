/**
 * A small catalogue of pictures for tests: shapes in colours, of varying size, place, shade and background, and users who each like one colour
 * or one shape.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom } from "../../tensor/random.ts";

export type Taste = "colour" | "shape";

const hues = [0, 45, 90, 180, 225, 290];
const shapes = [
  '<circle r="34"/>',
  '<rect x="-32" y="-32" width="64" height="64"/>',
  '<path d="M0-38 38 34-38 34z"/>',
  '<path d="M-40-9H-9V-40H9V-9H40V9H9V40H-9V9H-40z"/>',
  '<rect x="-42" y="-10" width="84" height="20" rx="8"/>',
];

export interface PictureCatalogue {
  /** File names, an item each. */
  readonly files: readonly string[];
  readonly colours: readonly number[];
  readonly shapes: readonly number[];
  /** [user, item] pairs of users who like the one or the other. */
  readonly interactions: Readonly<Record<Taste, readonly (readonly [number, number])[]>>;
}

/** Draws `items` pictures of 160 × 160 pixels into `folder`. */
export async function drawCatalogue(folder: string, items: number, seed = 1): Promise<PictureCatalogue> {
  const random = createRandom(seed, "pictures");
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const files: string[] = [];
  const kinds = { colour: [] as number[], shape: [] as number[] };
  for (let item = 0; item < items; item++) {
    const colour = random.below(hues.length);
    const shape = random.below(shapes.length);
    const fill = `hsl(${hues[colour] + between(-10, 10)} ${between(60, 95)}% ${between(35, 60)}%)`;
    const place = `translate(${between(65, 95)} ${between(65, 95)}) rotate(${between(-12, 12)}) scale(${between(0.8, 1.4)})`;
    const ground = `hsl(${between(0, 360)} ${between(0, 25)}% ${between(82, 98)}%)`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="160"><rect width="160" height="160" fill="${ground}"/><g fill="${fill}" transform="${place}">${shapes[shape]}</g></svg>`;
    const file = `${item}.${item % 2 === 0 ? "png" : "jpg"}`;
    writeFileSync(
      join(folder, file),
      await sharp(Buffer.from(svg))
        .flatten()
        .toFormat(item % 2 === 0 ? "png" : "jpeg")
        .toBuffer(),
    );
    files.push(file);
    kinds.colour.push(colour);
    kinds.shape.push(shape);
  }
  const tastes = (kind: readonly number[], count: number): (readonly [number, number])[] => {
    const pairs: (readonly [number, number])[] = [];
    for (let user = 0; user < items; user++) {
      for (let n = 0; n < 6; n++) {
        const liked = random.below(count);
        const wanted = n < 5 ? user % count : liked;
        const candidates = kind.flatMap((value, item) => (value === wanted ? [item] : []));
        if (candidates.length > 0) pairs.push([user, candidates[random.below(candidates.length)]]);
      }
    }
    return pairs;
  };
  const interactions = { colour: tastes(kinds.colour, hues.length), shape: tastes(kinds.shape, shapes.length) };
  return { files, colours: kinds.colour, shapes: kinds.shape, interactions };
}
