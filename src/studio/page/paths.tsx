/**
 * The paths of an explanation as a picture: the history at the left, the recommended item at the right, the neighbours that carry between them. A line's
 * width is what it contributes, its colour the modality by which two items are alike; a dashed line means that users who take the one take the other.
 * The same is said in words beside it, so the picture is hidden from screen readers.
 */
import type { ExplanationPage, PathLikeness, RunCard, Tile } from "../api.ts";
import { modalityColour } from "./colours.ts";
import { figure } from "./figures.ts";
import { nameOf, pictureAddress } from "./picture.tsx";
import { usePictureSource } from "./picture-source.ts";

interface Place {
  readonly item: Tile;
  readonly x: number;
  readonly y: number;
}

interface Line {
  readonly key: string;
  readonly from: Place;
  readonly to: Place;
  readonly strength: number;
  /** Undefined for who took what. */
  readonly likeness: PathLikeness | undefined;
  /** The items of the history whose path this is. */
  readonly owners: readonly string[];
}

const side = 52;
const step = 74;
const width = 720;
const columns = { history: 40, middle: 330, item: 640 };

const strongest = (likenesses: readonly PathLikeness[]): PathLikeness | undefined =>
  likenesses.toSorted((a, b) => b.contribution - a.contribution)[0];

/** Where everything stands, and what joins it. */
function drawn({ item, reasons }: ExplanationPage): {
  readonly places: readonly Place[];
  readonly lines: readonly Line[];
  readonly height: number;
} {
  const historyIds = new Set(reasons.map((reason) => reason.item.id));
  const middles = new Map<
    string,
    { readonly item: Tile; readonly owners: string[]; readonly likenesses: readonly PathLikeness[]; strength: number }
  >();
  for (const reason of reasons) {
    for (const part of reason.through) {
      if (part.item.id === item.id || historyIds.has(part.item.id)) continue;
      const known = middles.get(part.item.id);
      if (known === undefined) {
        middles.set(part.item.id, {
          item: part.item,
          owners: [reason.item.id],
          likenesses: part.likenesses,
          strength: part.contribution,
        });
      } else {
        known.owners.push(reason.item.id);
        known.strength += part.contribution;
      }
    }
  }
  const shown = [...middles.values()].sort((a, b) => b.strength - a.strength).slice(0, 6);
  const height = Math.max(2, reasons.length, shown.length) * step;
  const spaced = (index: number, total: number): number => ((index + 0.5) * height) / total;
  const goal: Place = { item, x: columns.item, y: height / 2 };
  const history = reasons.map(
    (reason, n): Place => ({ item: reason.item, x: columns.history, y: spaced(n, reasons.length) }),
  );
  const between = shown.map(
    (middle, n): Place => ({ item: middle.item, x: columns.middle, y: spaced(n, shown.length) }),
  );
  const lines: Line[] = [];
  reasons.forEach((reason, n) => {
    const from = history[n];
    if (from === undefined) return;
    const owners = [reason.item.id];
    const likeness = strongest(reason.likenesses);
    if (likeness !== undefined && reason.direct > 0) {
      lines.push({ key: `direct ${n}`, from, to: goal, strength: reason.direct, likeness, owners });
    } else if (reason.backbone > 0) {
      lines.push({ key: `took ${n}`, from, to: goal, strength: reason.backbone, likeness: undefined, owners });
    }
    for (const part of reason.through) {
      const to = between.find((place) => place.item.id === part.item.id);
      if (to !== undefined) {
        lines.push({ key: `${n} ${part.item.id}`, from, to, strength: part.contribution, likeness: undefined, owners });
      }
    }
  });
  shown.forEach((middle, n) => {
    const from = between[n];
    if (from === undefined) return;
    const { owners, strength, likenesses } = middle;
    lines.push({ key: `on ${n}`, from, to: goal, strength, likeness: strongest(likenesses), owners });
  });
  return { places: [...history, ...between, goal], lines, height };
}

function curve({ from, to }: Line): string {
  const [x1, x2] = [from.x + side / 2 + 2, to.x - side / 2 - 2];
  const bend = (x2 - x1) * 0.45;
  return `M${x1} ${from.y}C${x1 + bend} ${from.y} ${x2 - bend} ${to.y} ${x2} ${to.y}`;
}

function PlacedPicture({ run, item, x, y }: Place & { readonly run: string }) {
  const { url } = usePictureSource(pictureAddress(run, item.id, 96));
  if (url === undefined) return null;
  return (
    <image
      href={url}
      x={x - side / 2 + 1}
      y={y - side / 2 + 1}
      width={side - 2}
      height={side - 2}
      clip-path="inset(0 round 8px)"
    />
  );
}

interface PathsProps {
  readonly run: RunCard;
  readonly page: ExplanationPage;
  /** The item of the history whose paths stand out; "" for all. */
  readonly marked: string;
}

export function Paths({ run, page, marked }: PathsProps) {
  const { places, lines, height } = drawn(page);
  const most = Math.max(...lines.map(({ strength }) => strength), 1e-9);
  const used = new Set(lines.flatMap(({ likeness }) => likeness?.modality ?? []));
  const belongs = (owners: readonly string[]): boolean => marked === "" || owners.includes(marked);
  const lit = new Set(
    lines.filter(({ owners }) => belongs(owners)).flatMap(({ from, to }) => [from.item.id, to.item.id]),
  );
  return (
    <figure class="paths">
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {lines
          .toSorted((a, b) => Number(belongs(a.owners)) - Number(belongs(b.owners)) || a.strength - b.strength)
          .map((line) => {
            const { likeness, strength, owners } = line;
            const middle = { x: (line.from.x + 2 * line.to.x) / 3, y: (line.from.y + 4 * line.to.y) / 5 };
            return (
              <g key={line.key} class={belongs(owners) ? undefined : "dim"}>
                <path
                  d={curve(line)}
                  fill="none"
                  stroke={
                    likeness?.modality === undefined
                      ? "var(--accent-soft)"
                      : modalityColour(run.modalities, likeness.modality)
                  }
                  stroke-width={1.2 + (5.5 * Math.max(0, strength)) / most}
                  stroke-dasharray={likeness === undefined ? "2 5" : undefined}
                  stroke-linecap="round"
                />
                {marked !== "" && belongs(owners) && likeness !== undefined && (
                  <text class="line-text" x={middle.x} y={middle.y - 8} text-anchor="middle">
                    {likeness.modality ?? "taken together"} {figure(likeness.cosine)}
                  </text>
                )}
              </g>
            );
          })}
        {places.map(({ item, x, y }) => (
          <g key={`${x} ${item.id}`} class={lit.has(item.id) ? undefined : "dim"}>
            <rect
              x={x - side / 2}
              y={y - side / 2}
              width={side}
              height={side}
              rx={9}
              fill="var(--tile)"
              stroke="var(--rule)"
            />
            {item.picture ? (
              <PlacedPicture run={run.name} item={item} x={x} y={y} />
            ) : (
              <text x={x} y={y + 5} text-anchor="middle" class="line-text">
                {nameOf(item).slice(0, 2)}
              </text>
            )}
            <title>{nameOf(item)}</title>
          </g>
        ))}
      </svg>
      <figcaption>
        <ul class="key">
          {run.modalities
            .filter((modality) => used.has(modality))
            .map((modality) => (
              <li key={modality}>
                <i class="swatch" style={{ background: modalityColour(run.modalities, modality) }} />
                alike by {modality}
              </li>
            ))}
          <li>
            <i class="dashes" />
            users who take the one take the other
          </li>
        </ul>
      </figcaption>
    </figure>
  );
}
