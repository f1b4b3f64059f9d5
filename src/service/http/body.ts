/**
 * Bodies of requests: of the content type that was asked for, no longer than they may be, no slower than somebody who means it, and JSON
 * no deeper than anything here needs. What is refused is not read to its end.
 */
import type { ServiceContext } from "./endpoint.ts";
import { Problem } from "./problem.ts";

/** Milliseconds that a body may take. */
export interface BodyTimes {
  /** One that brings nothing for so long is given up. */
  readonly silence: number;
  /** One that is taken as a whole has to be there by then; a bulk body may go on as long as it brings something. */
  readonly whole: number;
}

export const usualBodyTimes: BodyTimes = { silence: 10_000, whole: 30_000 };
const deepest = 16;

/** The media type alone. */
export const mediaType = (context: ServiceContext): string =>
  (context.req.header("content-type") ?? "").split(";")[0].trim().toLowerCase();

/** @throws Problem unsupported-type */
export function wantType(context: ServiceContext, types: readonly string[]): void {
  const found = mediaType(context);
  if (types.includes(found)) return;
  throw new Problem(
    "unsupported-type",
    `The content type is ${found === "" ? "not given" : JSON.stringify(found.slice(0, 100))}; expected ${types.join(" or ")}`,
  );
}

/**
 * The body in pieces.
 * @param most bytes
 * @param whole whether all of it is wanted at once
 * @throws Problem too-large or timeout
 */
export async function* bodyPieces(
  context: ServiceContext,
  most: number,
  whole: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { incoming, bodyTimes } = context.env;
  const tooLarge = (): Problem =>
    new Problem("too-large", `The body is larger than the ${most.toLocaleString("en")} bytes that are taken here`);
  if (Number(incoming.headers["content-length"] ?? 0) > most) throw tooLarge();
  if (incoming.headers["content-encoding"] !== undefined) {
    throw new Problem("unsupported-type", "Encoded bodies are not taken; send it without a content-encoding");
  }
  let slow: (() => void) | undefined;
  let timedOut = false;
  const give = (): void => {
    timedOut = true;
    slow?.();
  };
  const all = whole ? setTimeout(give, bodyTimes.whole) : undefined;
  let silence: NodeJS.Timeout | undefined;
  const pieces = incoming[Symbol.asyncIterator]();
  let read = 0;
  try {
    for (;;) {
      // Runs only while the sender is waited for: whoever takes the pieces may need longer.
      silence = setTimeout(give, bodyTimes.silence);
      const next = await Promise.race([
        pieces.next(),
        new Promise<undefined>((resolve) => {
          slow = () => resolve(undefined);
          if (timedOut) resolve(undefined);
        }),
      ]);
      clearTimeout(silence);
      if (next === undefined) throw new Problem("timeout", "The body came too slowly; send it again");
      if (next.done === true) return;
      const piece: unknown = next.value;
      if (!(piece instanceof Uint8Array)) continue;
      read += piece.length;
      if (read > most) throw tooLarge();
      yield piece;
    }
  } finally {
    clearTimeout(all);
    clearTimeout(silence);
  }
}

/** The whole body. @throws Problem too-large or timeout */
export async function readBytes(context: ServiceContext, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bodyPieces(context, most, true)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Brackets open at once, texts left out: counted before parsing, which would go as deep. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws Problem bad-request */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new Problem("bad-request", "The body is not UTF-8");
  }
  if (isTooDeep(text)) throw new Problem("bad-request", `The JSON is nested more than ${deepest} levels deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("bad-request", "The body is not JSON");
  }
}

/** @throws Problem unsupported-type, too-large, timeout or bad-request */
export async function readJson(context: ServiceContext, most: number, types: readonly string[]): Promise<unknown> {
  wantType(context, types);
  return parseJson(await readBytes(context, most));
}
