/**
 * Where an image element gets an item's picture from. Without a key that is its address. With one it is a blob: image elements send no headers, so the picture is
 * fetched as everything else is, once it comes near the window, and the browser's own cache answers when it has not changed.
 */
import { useEffect, useState } from "preact/hooks";
import { authorisation, currentKey, refused, whenKeyChanges } from "./access.ts";

export interface PictureSource {
  /** Undefined while there is none yet. */
  readonly url: string | undefined;
  readonly broken: boolean;
}

interface Kept {
  readonly at: number;
  readonly url: Promise<string>;
}

const mostKept = 400;
/** Pictures of a living catalogue change: an older one is asked for again. */
const keptMilliseconds = 60_000;
const nearWindow = "300px";
const kept = new Map<string, Kept>();

function drop(address: string): void {
  const gone = kept.get(address);
  kept.delete(address);
  gone?.url.then(URL.revokeObjectURL, () => undefined);
}

async function fetchBlob(address: string): Promise<string> {
  const key = currentKey();
  const response = await fetch(address, { headers: authorisation(key) });
  if (response.status === 401) refused(key);
  if (!response.ok) throw new Error(`${address} was answered ${response.status}`);
  return URL.createObjectURL(await response.blob());
}

function blobOf(address: string): Promise<string> {
  const found = kept.get(address);
  if (found !== undefined && performance.now() - found.at < keptMilliseconds) return found.url;
  if (found !== undefined) drop(address);
  const url = fetchBlob(address);
  kept.set(address, { at: performance.now(), url });
  url.catch(() => kept.delete(address));
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) drop(oldest);
  return url;
}

whenKeyChanges(() => {
  for (const address of [...kept.keys()]) drop(address);
});

/** @param place what stands where the picture will be; a picture is asked for when this comes near the window. Undefined: at once */
export function usePictureSource(
  address: string | undefined,
  place?: { readonly current: Element | null },
): PictureSource {
  const byKey = currentKey() !== undefined;
  const [blob, setBlob] = useState<{ readonly address: string; readonly url: string | undefined } | undefined>(
    undefined,
  );
  useEffect(() => {
    if (!byKey || address === undefined) return;
    let over = false;
    const load = (): void => {
      blobOf(address).then(
        (url) => {
          if (!over) setBlob({ address, url });
        },
        () => {
          if (!over) setBlob({ address, url: undefined });
        },
      );
    };
    const element = place?.current;
    if (element === undefined || element === null) {
      load();
      return () => {
        over = true;
      };
    }
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        watch.disconnect();
        load();
      },
      { rootMargin: nearWindow },
    );
    watch.observe(element);
    return () => {
      over = true;
      watch.disconnect();
    };
  }, [address, byKey]);
  if (!byKey) return { url: address, broken: false };
  if (blob?.address !== address) return { url: undefined, broken: false };
  return { url: blob?.url, broken: blob !== undefined && blob.url === undefined };
}
