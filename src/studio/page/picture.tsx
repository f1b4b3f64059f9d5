/** An item's picture, or in its place the first letters of its title. */
import { useState } from "preact/hooks";
import type { Tile } from "../api.ts";

export const nameOf = ({ id, title }: Pick<Tile, "id" | "title">): string => title ?? id;

export function pictureAddress(run: string, id: string, size: 96 | 240 | 640): string {
  return `api/runs/${encodeURIComponent(run)}/pictures/${size}/${encodeURIComponent(id)}`;
}

interface PictureProps {
  readonly run: string;
  readonly item: Pick<Tile, "id" | "title" | "picture">;
  readonly size: 96 | 240 | 640;
  /** Words for a picture that stands alone; empty beside its title. */
  readonly alt?: string;
}

export function Picture({ run, item, size, alt = "" }: PictureProps) {
  const [broken, setBroken] = useState(false);
  if (!item.picture || broken) {
    return (
      <span class="picture none" aria-hidden={alt === "" ? "true" : undefined}>
        {nameOf(item).slice(0, 2)}
      </span>
    );
  }
  return (
    <img
      class="picture"
      src={pictureAddress(run, item.id, size)}
      alt={alt}
      width={size}
      height={size}
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
    />
  );
}
