/**
 * The shapes of the made-up products on a square of 128: a kind decides the silhouette, three numbers from 0 to 1 vary its
 * proportions. Cloth, glaze and shade are filled with the product's pattern, fittings with its trim.
 */
import type { KindName } from "./catalogue.ts";

/** Fills and strokes, as SVG paint. */
export interface Paint {
  /** The product's colour and pattern. */
  readonly body: string;
  /** Straps, soles, rims: a second colour of the product. */
  readonly trim: string;
  /** A dark tone of the product's colour, for outlines. */
  readonly line: string;
  /** Wood, metal or paper: not the product's colour. */
  readonly fitting: string;
}

/** How this product differs from others of its kind, each 0 to 1. */
export type Shape = readonly [number, number, number];

type Silhouette = (paint: Paint, shape: Shape) => string;

/** From `low` to `high`, with one decimal. */
const between = (low: number, high: number, share: number): number =>
  Math.round((low + (high - low) * share) * 10) / 10;

/** A surface with volume: its pattern, light from the upper left, an outline. */
function solid(paint: Paint, path: string, fill = paint.body): string {
  return (
    `<path d="${path}" fill="${fill}"/><path d="${path}" fill="url(#light)" stroke="${paint.line}"` +
    ` stroke-width="1.6" stroke-linejoin="round"/>`
  );
}

function stroke(path: string, colour: string, width: number, more = ""): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"${more}/>`;
}

const seam = (path: string, paint: Paint): string =>
  stroke(path, paint.line, 1.2, ' stroke-opacity=".55" stroke-dasharray="3 2.4"');
const fold = (path: string, paint: Paint): string => stroke(path, paint.line, 1.3, ' stroke-opacity=".4"');

function shirt(paint: Paint, [sleeve, width, collar]: Shape): string {
  const half = between(24, 29, width);
  const [left, right] = [64 - half, 64 + half];
  const hem = 108;
  const body =
    sleeve < 0.55
      ? `M48 26Q64 ${collar < 0.5 ? 38 : 46} 80 26L${right + 6} 33L114 57L${right + 7} 67L${right} 57L${right} ${hem}Q64 112 ${left} ${hem}L${left} 57L${left - 7} 67L14 57L${left - 6} 33Z`
      : `M48 26Q64 ${collar < 0.5 ? 38 : 46} 80 26L${right + 6} 33Q114 66 117 99L103 103Q98 76 ${right} 58L${right} ${hem}Q64 112 ${left} ${hem}L${left} 58Q30 76 25 103L11 99Q14 66 ${left - 6} 33Z`;
  const neck = collar < 0.5 ? "M48 26Q64 38 80 26" : "M48 26L64 44L80 26";
  return (
    solid(paint, body) +
    stroke(neck, paint.line, 5.6) +
    stroke(neck, paint.trim, 3.6) +
    seam(`M${left + 1} 103Q64 107 ${right - 1} 103`, paint) +
    fold(`M${left} 60Q${left + 5} 66 ${left + 4} 76M${right} 60Q${right - 5} 66 ${right - 4} 76`, paint) +
    (collar > 0.8
      ? `<path d="M72 58h13v12q-6.5 4-13 0z" fill="${paint.trim}" fill-opacity=".75" stroke="${paint.line}"/>`
      : "")
  );
}

function dress(paint: Paint, [flare, length, belt]: Shape): string {
  const half = between(24, 42, flare);
  const hem = between(98, 117, length);
  const path = `M47 17L52 17Q54 32 64 35Q74 32 76 17L81 17Q80 34 85 43Q79 50 78 62L${64 + half} ${hem - 4}Q64 ${hem + 5} ${64 - half} ${hem - 4}L50 62Q49 50 43 43Q48 34 47 17Z`;
  const waist =
    belt < 0.6
      ? `<path d="M50 58h28v6.500h-28z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`
      : `<path d="M50 58h28v6.500h-28z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/><path d="M62 61l-9-5v10zM66 61l9-5v10z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`;
  const third = half / 3;
  return (
    solid(paint, path) +
    fold(
      `M58 66L${between(64 - third, 64 - third, 0)} ${hem - 6}M70 66L${between(64 + third, 64 + third, 0)} ${hem - 6}M52 68L${between(64 - 0.75 * half, 64 - 0.75 * half, 0)} ${hem - 10}M76 68L${between(64 + 0.75 * half, 64 + 0.75 * half, 0)} ${hem - 10}`,
      paint,
    ) +
    waist
  );
}

function sneaker(paint: Paint, [height, sole, toe]: Shape): string {
  const collar = height < 0.6 ? 50 : between(26, 36, height);
  const thick = between(8, 13, sole);
  const upper = `M15 88L18 ${collar + 4}Q28 ${collar - 4} 41 ${collar}L46 ${between(56, 50, height)}Q62 66 80 70Q108 72 113 88Z`;
  const floor = 88 + thick;
  const laces = [0, 1, 2, 3].map((n) => `M${47 + 8 * n} ${57 + 4.4 * n}l${9} ${-5.5}`).join("");
  return (
    solid(paint, upper) +
    (toe < 0.5
      ? `<path d="M94 72Q111 75 113 88L88 88Q88 78 94 72Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.4"/>`
      : seam("M90 71Q84 80 86 88", paint)) +
    `<path d="M15 88L17 66L27 66Q30 78 28 88Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.4"/>` +
    seam(`M44 ${collar + 8}Q40 74 50 88`, paint) +
    stroke(laces, "#fffdf8", 3) +
    stroke(laces, paint.line, 0.7, ' stroke-opacity=".5"') +
    `<path d="M12 88H115Q119 ${floor - 2} 112 ${floor}H17Q10 ${floor} 12 88Z" fill="#f7f4ee" stroke="${paint.line}" stroke-width="1.6"/>` +
    stroke(`M16 ${floor - 3.5}H113`, paint.trim, 2)
  );
}

function cap(paint: Paint, [crown, brim, badge]: Shape): string {
  const top = between(42, 30, crown);
  const tip = between(112, 124, brim);
  return (
    `<path d="M64 82Q96 74 ${tip} 90Q${tip - 4} 98 ${tip - 14} 96Q84 88 58 92Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.6" stroke-linejoin="round"/>` +
    solid(paint, `M14 88Q10 ${top + 4} 56 ${top}Q98 ${top + 2} 97 82Q76 80 58 92Q34 96 14 88Z`) +
    fold(`M56 ${top}Q40 62 40 92M56 ${top}Q80 58 82 82`, paint) +
    `<circle cx="56" cy="${top}" r="3.6" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>` +
    (badge > 0.5
      ? `<circle cx="62" cy="70" r="8.5" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/><path d="M62 64.500l1.7 3.6 3.9.4-2.9 2.7.8 3.9-3.5-2-3.5 2 .8-3.9-2.9-2.7 3.9-.4z" fill="${paint.line}"/>`
      : "")
  );
}

function sock(paint: Paint, [length, cuff, tilt]: Shape): string {
  const top = between(34, 14, length);
  const rim = between(8, 16, cuff);
  const foot = between(100, 108, tilt);
  const path = `M44 ${top}H76V66Q77 76 90 82Q110 90 ${foot} 104Q96 115 76 107L50 95Q42 90 43 78Z`;
  return (
    solid(paint, path) +
    `<path d="M43.5 68Q54 80 49 94Q42 89 43 78Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>` +
    `<path d="M94 84Q110 91 ${foot} 104Q99 112 88 111Q82 96 94 84Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>` +
    `<rect x="42" y="${top - 2}" width="36" height="${rim}" rx="2.5" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.6"/>` +
    fold([0, 1, 2, 3, 4].map((n) => `M${48 + 6 * n} ${top}v${rim - 4}`).join(""), paint)
  );
}

function backpack(paint: Paint, [height, pocket, flap]: Shape): string {
  const top = between(34, 24, height);
  const pocketTop = between(70, 78, pocket);
  return (
    stroke(`M52 ${top + 3}Q52 ${top - 13} 64 ${top - 13}Q76 ${top - 13} 76 ${top + 3}`, paint.line, 6) +
    stroke(`M52 ${top + 3}Q52 ${top - 13} 64 ${top - 13}Q76 ${top - 13} 76 ${top + 3}`, paint.trim, 3.6) +
    `<path d="M30 62Q20 66 21 92L30 100ZM98 62Q108 66 107 92L98 100Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.5"/>` +
    solid(
      paint,
      `M32 ${top + 22}Q32 ${top} 52 ${top}H76Q96 ${top} 96 ${top + 22}L98 104Q98 112 90 112H38Q30 112 30 104Z`,
    ) +
    (flap < 0.5
      ? seam(`M33 ${top + 20}Q64 ${top + 32} 95 ${top + 20}`, paint) +
        `<rect x="60" y="${top + 23}" width="8" height="9" rx="2" fill="${paint.fitting}" stroke="${paint.line}"/>`
      : `<path d="M32 ${top + 20}Q32 ${top} 52 ${top}H76Q96 ${top} 96 ${top + 20}Q64 ${top + 36} 32 ${top + 20}Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.4"/>`) +
    solid(paint, `M40 ${pocketTop}H88V100Q88 106 82 106H46Q40 106 40 100Z`) +
    stroke(`M41 ${pocketTop + 4}H87`, paint.trim, 3.4) +
    stroke(`M64 ${pocketTop + 4}v7`, paint.fitting, 2.6)
  );
}

function bag(paint: Paint, [width, handle, label]: Shape): string {
  const half = between(32, 42, width);
  const rise = between(34, 18, handle);
  const straps = `M${64 - half / 2} 56Q${64 - half / 2} ${rise} 64 ${rise}Q${64 + half / 2} ${rise} ${64 + half / 2} 56`;
  return (
    stroke(straps, paint.line, 6) +
    stroke(straps, paint.trim, 3.8) +
    solid(paint, `M${64 - half} 50H${64 + half}L${64 + half + 6} 108Q64 114 ${64 - half - 6} 108Z`) +
    `<path d="M${64 - half} 50H${64 + half}L${64 + half + 0.8} 57H${64 - half - 0.8}Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.3"/>` +
    (label > 0.5
      ? `<rect x="50" y="76" width="28" height="16" rx="2" fill="#fbf7ee" stroke="${paint.line}" stroke-width="1.2"/>${fold("M55 82h18M55 87h12", paint)}`
      : fold(
          `M${64 - half + 6} 62Q${64 - half + 10} 84 ${64 - half + 2} 104M${64 + half - 6} 62Q${64 + half - 10} 84 ${64 + half - 2} 104`,
          paint,
        ))
  );
}

function umbrella(paint: Paint, [dome, scallop, hook]: Shape): string {
  const top = between(30, 18, dome);
  const dip = between(58, 52, scallop);
  const crook = between(8, 13, hook);
  const path = `M12 66Q16 ${top} 64 ${top}Q112 ${top} 116 66Q103 ${dip} 90 66Q77 ${dip} 64 66Q51 ${dip} 38 66Q25 ${dip} 12 66Z`;
  return (
    stroke(`M64 ${top - 7}V106Q64 116 ${64 - crook} 116Q${64 - 2 * crook} 116 ${64 - 2 * crook} 106`, paint.line, 6) +
    stroke(
      `M64 ${top - 7}V106Q64 116 ${64 - crook} 116Q${64 - 2 * crook} 116 ${64 - 2 * crook} 106`,
      paint.fitting,
      3.8,
    ) +
    solid(paint, path) +
    stroke(`M64 ${top}Q40 38 38 66M64 ${top}Q88 38 90 66M64 ${top}V66`, paint.line, 1.3, ' stroke-opacity=".6"') +
    `<circle cx="64" cy="${top - 1}" r="3.4" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`
  );
}

function mug(paint: Paint, [height, width, handle]: Shape): string {
  const top = between(44, 28, height);
  const half = between(24, 32, width);
  const [left, right] = [56 - half, 56 + half];
  const reach = between(16, 24, handle);
  const ring = `M${right - 2} ${top + 14}Q${right + reach} ${top + 10} ${right + reach} ${between(66, 62, height)}Q${right + reach} 88 ${right - 3} 90`;
  const body =
    handle < 0.5
      ? `M${left} ${top}V94Q${left} 108 ${left + 14} 108H${right - 14}Q${right} 108 ${right} 94V${top}Z`
      : `M${left - 2} ${top}L${left + 5} 104Q${left + 6} 108 ${left + 11} 108H${right - 11}Q${right - 6} 108 ${right - 5} 104L${right + 2} ${top}Z`;
  return (
    stroke(ring, paint.line, 10.5) +
    stroke(ring, paint.trim, 7.4) +
    solid(paint, body) +
    `<ellipse cx="56" cy="${top}" rx="${half + (handle < 0.5 ? 0 : 2)}" ry="6.5" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.6"/>` +
    `<ellipse cx="56" cy="${top + 1}" rx="${half - 3.5}" ry="4.2" fill="#3b2a20" fill-opacity=".85"/>`
  );
}

function vase(paint: Paint, [belly, neck, twig]: Shape): string {
  const wide = between(22, 34, belly);
  const slim = between(8, 15, neck);
  const path = `M${64 - slim - 3} 40Q${64 - slim + 2} 52 ${64 - slim} 58Q${64 - wide - 4} 72 ${64 - wide} 90Q${64 - wide + 5} 108 ${64 - 14} 113H${64 + 14}Q${64 + wide - 5} 108 ${64 + wide} 90Q${64 + wide + 4} 72 ${64 + slim} 58Q${64 + slim - 2} 52 ${64 + slim + 3} 40Z`;
  const leaf = (x: number, y: number, turn: number): string =>
    `<ellipse cx="${x}" cy="${y}" rx="7" ry="3.2" fill="#7d8f5d" stroke="#55653c" stroke-width=".8" transform="rotate(${turn} ${x} ${y})"/>`;
  const plant =
    twig < 0.55
      ? ""
      : stroke("M64 42Q60 24 66 10M64 40Q74 28 82 22", "#6b5a3c", 2) +
        leaf(57, 26, 30) +
        leaf(70, 18, -40) +
        leaf(65, 9, -80) +
        leaf(83, 21, -30) +
        leaf(73, 33, 20);
  return (
    plant +
    solid(paint, path) +
    `<ellipse cx="64" cy="40" rx="${slim + 3}" ry="4" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.6"/>` +
    `<ellipse cx="64" cy="40.5" rx="${slim}" ry="2.2" fill="#2b2420" fill-opacity=".8"/>` +
    stroke(`M${64 - 14} 113H${64 + 14}`, paint.trim, 3)
  );
}

function lamp(paint: Paint, [shade, height, base]: Shape): string {
  const half = between(14, 24, shade);
  const top = between(28, 16, height);
  const stem =
    base < 0.34
      ? `<path d="M58 68H70Q68 82 78 92Q82 104 74 110H54Q46 104 50 92Q60 82 58 68Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.6"/>`
      : base < 0.67
        ? `${stroke("M64 66V108", paint.line, 6)}${stroke("M64 66V108", paint.fitting, 4)}<path d="M42 112Q42 104 64 104Q86 104 86 112Z" fill="${paint.fitting}" stroke="${paint.line}" stroke-width="1.6"/>`
        : `<path d="M60 66L42 112M68 66L86 112M64 66V110" stroke="${paint.line}" stroke-width="5.6" stroke-linecap="round"/><path d="M60 66L42 112M68 66L86 112M64 66V110" stroke="${paint.fitting}" stroke-width="3.6" stroke-linecap="round"/>`;
  return (
    `<ellipse cx="64" cy="74" rx="46" ry="20" fill="#ffe9a8" fill-opacity=".45"/>` +
    stem +
    solid(paint, `M${64 - half} ${top}H${64 + half}L102 70Q64 78 26 70Z`) +
    stroke(`M${64 - half} ${top}H${64 + half}`, paint.trim, 3.2) +
    stroke("M26 70Q64 78 102 70", paint.trim, 3.2)
  );
}

function armchair(paint: Paint, [back, arms, legs]: Shape): string {
  const top = between(34, 18, back);
  const arm = between(62, 54, arms);
  const foot = between(108, 116, legs);
  const leg = (x: number, lean: number): string =>
    `<path d="M${x - 3.5} 98H${x + 3.5}L${x + lean + 2} ${foot}H${x + lean - 2}Z" fill="${paint.fitting}" stroke="${paint.line}" stroke-width="1.2"/>`;
  return (
    leg(28, -4) +
    leg(100, 4) +
    solid(
      paint,
      back < 0.5
        ? `M30 82V${top + 12}Q30 ${top} 42 ${top}H86Q98 ${top} 98 ${top + 12}V82Z`
        : `M28 82V${top + 22}Q32 ${top} 64 ${top}Q96 ${top} 100 ${top + 22}V82Z`,
    ) +
    fold(`M56 ${top + 16}h.1M72 ${top + 16}h.1M64 ${top + 28}h.1`, paint) +
    solid(paint, "M32 74Q64 66 96 74V92H32Z") +
    solid(paint, `M14 ${arm + 8}Q14 ${arm} 24 ${arm}Q34 ${arm} 34 ${arm + 8}V100H20Q14 100 14 94Z`) +
    solid(paint, `M114 ${arm + 8}Q114 ${arm} 104 ${arm}Q94 ${arm} 94 ${arm + 8}V100H108Q114 100 114 94Z`) +
    `<path d="M34 90H94V101H34Z" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.5"/>`
  );
}

function cushion(paint: Paint, [puff, trim, shape]: Shape): string {
  const inner = between(22, 30, puff);
  const outer = 128 - inner;
  const edge =
    shape < 0.6
      ? `M18 20Q64 ${inner} 110 20Q${outer} 64 110 108Q64 ${outer} 18 108Q${inner} 64 18 20Z`
      : `M12 36Q64 ${inner + 12} 116 36Q${outer + 4} 66 116 98Q64 ${outer - 10} 12 98Q${inner - 4} 66 12 36Z`;
  const [x, y, below] = shape < 0.6 ? [18, 20, 108] : [12, 36, 98];
  const tassels =
    trim > 0.5
      ? [
          [x, y],
          [128 - x, y],
          [x, below],
          [128 - x, below],
        ]
          .map(
            ([cx, cy]) =>
              `<circle cx="${cx}" cy="${cy}" r="6" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`,
          )
          .join("")
      : "";
  return (
    solid(paint, edge) +
    stroke(edge, paint.trim, 2.4) +
    (puff > 0.6
      ? `<circle cx="64" cy="66" r="4.5" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`
      : "") +
    fold(
      `M${x + 12} ${y + 14}q8 4 12 12M${116 - x} ${y + 14}q-8 4-12 12M${x + 12} ${below - 14}q8-4 12-12M${116 - x} ${below - 14}q-8-4-12-12`,
      paint,
    ) +
    tassels
  );
}

function clock(paint: Paint, [rim, hour, shape]: Shape): string {
  const ring = between(4, 8, rim);
  const face =
    shape < 0.6
      ? "M64 16A48 48 0 1 1 63.9 16Z"
      : "M30 18H98Q110 18 110 30V98Q110 110 98 110H30Q18 110 18 98V30Q18 18 30 18Z";
  const centre = `<circle cx="64" cy="64" r="29" fill="#fbf8f1" stroke="${paint.line}" stroke-width="1.2"/>`;
  const ticks =
    "M64 39v5M64 84v5M39 64h5M84 64h5M46.3 46.300l3.5 3.500M78.2 78.200l3.5 3.500M46.3 81.700l3.5-3.500M78.2 49.800l3.5-3.5";
  return (
    solid(paint, face) +
    stroke(face, paint.line, ring + 1.6) +
    stroke(face, paint.trim, ring) +
    centre +
    stroke(ticks, paint.line, 2.2) +
    `<g transform="rotate(${Math.floor(hour * 12) * 30} 64 64)">${stroke("M64 66V50", paint.line, 4)}</g>` +
    `<g transform="rotate(${Math.floor(hour * 60) * 30} 64 64)">${stroke("M64 67V43", paint.line, 2.6)}</g>` +
    `<circle cx="64" cy="64" r="3.2" fill="${paint.trim}" stroke="${paint.line}" stroke-width="1.2"/>`
  );
}

export const silhouettes: Readonly<Record<KindName, Silhouette>> = {
  shirt,
  dress,
  sneaker,
  cap,
  sock,
  backpack,
  bag,
  umbrella,
  mug,
  vase,
  lamp,
  armchair,
  cushion,
  clock,
};
