/** An item's picture, or in its place the first letters of its title. */
import { useRef, useState } from "preact/hooks";
import type { Tile } from "../api.ts";
import { usePictureSource } from "./picture-source.ts";

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
  const [failed, setFailed] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const { url, broken } = usePictureSource(item.picture ? pictureAddress(run, item.id, size) : undefined, place);
  if (!item.picture || broken || failed) {
    return (
      <span class="picture none" aria-hidden={alt === "" ? "true" : undefined}>
        {nameOf(item).slice(0, 2)}
      </span>
    );
  }
  if (url === undefined) return <span ref={place} class="picture" />;
  return (
    <img
      class="picture"
      src={url}
      alt={alt}
      width={size}
      height={size}
      loading="lazy"
      decoding="async"
      onError={() => setFailed(true)}
    />
  );
}
