/**
 * A download that survives interruptions: what has come is kept beside, continued by a range request where the server
 * still has the same file (`If-Range`), and started anew where it has not or knows no ranges. A connection that breaks is tried again after a
 * pause; the file takes its name only when it is whole and, where its SHA-256 is known, the right one.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import type http from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { DatasetError, LatticeworkError } from "../../errors.ts";
import { get } from "./http-get.ts";
import { completePartial, partOf, readPartial, setPartialAside, writePartialState } from "./partial-file.ts";

export interface DownloadProgress {
  readonly bytes: number;
  /** Of the whole file; absent where the server did not say. */
  readonly total?: number | undefined;
  /** Bytes that were there from an earlier attempt. */
  readonly resumedFrom: number;
}

export interface DownloadOptions {
  /** Lower-case hexadecimal. Absent: length only. */
  readonly sha256?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Something worth a line: that the download starts anew, or tries again. */
  readonly onNotice?: ((text: string) => void) | undefined;
  /** A connection silent for so long is given up. Default 60 s. */
  readonly timeoutMilliseconds?: number | undefined;
  /** Attempts in a row that bring no further byte before it gives up. Default 6. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; doubled for each further one, at most a minute. Default 1 s. */
  readonly pauseMilliseconds?: number | undefined;
}

/** The server has no such file. */
export class NotThere extends DatasetError {}

/** A failure after which another attempt may succeed. */
class Passing extends Error {}

const longestPause = 60_000;

/**
 * @returns how the file was come by: "there" (it was whole before), or "downloaded"
 * @throws NotThere for 404 and 410; DatasetError for another refusal, a wrong checksum, or a server that cannot be reached;
 * the signal's reason when stopped, with what has come kept
 */
export async function download(
  address: URL,
  file: string,
  options: DownloadOptions = {},
): Promise<"there" | "downloaded"> {
  if (fs.existsSync(file)) {
    await checkExisting(file, options);
    return "there";
  }
  const { attempts = 6, pauseMilliseconds = 1000, signal, onNotice } = options;
  let farthest = sizeOf(partOf(file));
  for (let failed = 0; ; ) {
    try {
      await attempt(address, file, options);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Passing)) throw explainDisk(error, file);
      const after = sizeOf(partOf(file));
      failed = after > farthest ? 1 : failed + 1;
      farthest = Math.max(farthest, after);
      if (failed >= attempts) {
        const kept = after > 0 ? `; the ${after} bytes so far are kept, the same command goes on from there` : "";
        throw new DatasetError(
          `${address} cannot be downloaded: ${error.message}, ${failed === 1 ? "once" : `${failed} times in a row`}; check the connection and the address${kept}`,
          { cause: error },
        );
      }
      const pause = Math.min(longestPause, pauseMilliseconds * 2 ** (failed - 1));
      onNotice?.(`${path.basename(file)}: ${error.message}; trying again in ${pause / 1000} s`);
      await setTimeout(pause, undefined, { signal });
    }
  }
  await verify(file, options);
  completePartial(file);
  return "downloaded";
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function checkExisting(file: string, { sha256, signal }: DownloadOptions): Promise<void> {
  if (sha256 === undefined) return;
  const found = await digestOf(file, signal);
  if (found === sha256) return;
  throw new DatasetError(
    `${file} is there, but with SHA-256 ${found}, expected ${sha256} after the server's manifest; it was left alone: move it away to download it anew`,
  );
}

async function verify(file: string, { sha256, signal }: DownloadOptions): Promise<void> {
  if (sha256 === undefined) return;
  const found = await digestOf(partOf(file), signal);
  if (found === sha256) return;
  const aside = setPartialAside(file);
  throw new DatasetError(
    `${path.basename(file)} came with SHA-256 ${found}, expected ${sha256} after the server's manifest; what came is kept as ${aside} and not used: download it again, or use another address`,
  );
}

async function digestOf(file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest("hex");
}

/** One connection: from the bytes that are there to the end. @throws Passing where it breaks */
async function attempt(address: URL, file: string, options: DownloadOptions): Promise<void> {
  const { signal, onNotice, timeoutMilliseconds = 60_000 } = options;
  const partial = readPartial(file, address.href);
  if (partial !== undefined && partial.bytes === partial.size) return;
  const headers: Record<string, string> =
    partial === undefined ? {} : { range: `bytes=${partial.bytes}-`, "if-range": partial.validator };
  const response = await passing(get(address, { headers, timeoutMilliseconds, signal }));
  try {
    const status = response.statusCode ?? 0;
    if (status !== 200 && status !== 206 && status !== 416) refuse(address, response);
    const range = status === 206 ? rangeOf(response) : undefined;
    if (status !== 200 && (range?.from !== partial?.bytes || !isSameVersion(response, partial?.validator))) {
      fs.rmSync(partOf(file), { force: true });
      writePartialState(file, undefined);
      throw new Passing("the server gave another part, or of another version, than was asked for: it starts anew");
    }
    const validator = validatorOf(response);
    if (partial !== undefined && status === 200) {
      const reason =
        validator === partial.validator ? "the server knows no ranges" : "the file changed on the server meanwhile";
      onNotice?.(`${path.basename(file)}: ${reason}; starting anew instead of at byte ${partial.bytes}`);
    }
    const from = status === 206 ? (partial?.bytes ?? 0) : 0;
    const length = response.headers["content-length"];
    const total = range?.total ?? (length === undefined ? undefined : from + Number(length));
    // Written before the first byte, so that no byte lies there whose origin is not known.
    if (status === 200) {
      fs.rmSync(partOf(file), { force: true });
      writePartialState(
        file,
        validator === undefined ? undefined : { address: address.href, validator, size: total ?? null },
      );
    }
    const bytes = await append(response, file, from, total, options);
    if (total !== undefined && bytes !== total) throw new Passing(`the connection ended at byte ${bytes} of ${total}`);
  } finally {
    response.destroy();
  }
}

async function append(
  response: http.IncomingMessage,
  file: string,
  from: number,
  total: number | undefined,
  { onProgress, signal }: DownloadOptions,
): Promise<number> {
  const handle = await fs.promises.open(partOf(file), from === 0 ? "w" : "a");
  let bytes = from;
  try {
    const chunks = response[Symbol.asyncIterator]();
    for (;;) {
      const next: IteratorResult<Uint8Array> = await passing(chunks.next());
      if (next.done === true) break;
      signal?.throwIfAborted();
      await handle.appendFile(next.value);
      bytes += next.value.length;
      onProgress?.({ bytes, total, resumedFrom: from });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return bytes;
}

function refuse(address: URL, response: http.IncomingMessage): never {
  const status = response.statusCode ?? 0;
  const found = `${status} ${response.statusMessage ?? ""}`.trim();
  if (status === 404 || status === 410) {
    throw new NotThere(`${address}: the server answers ${found}; is the address right?`);
  }
  if (status >= 500 || status === 408 || status === 425 || status === 429)
    throw new Passing(`the server answers ${found}`);
  throw new DatasetError(`${address}: the server answers ${found}, expected the file; check the address`);
}

/** What If-Range may carry: a strong ETag, otherwise the time of the last change. */
function validatorOf({ headers }: http.IncomingMessage): string | undefined {
  const { etag } = headers;
  return etag?.startsWith('"') === true ? etag : headers["last-modified"];
}

/** A part that answers If-Range may leave away what names its version; what it does name has to be the same. */
function isSameVersion({ headers }: http.IncomingMessage, validator: string | undefined): boolean {
  if (validator === undefined) return false;
  const named = validator.startsWith('"') ? headers.etag : headers["last-modified"];
  return named === undefined || named === validator;
}

function rangeOf({ headers }: http.IncomingMessage): { readonly from: number; readonly total?: number } | undefined {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers["content-range"] ?? "") ?? [];
  if (from === undefined) return undefined;
  return { from: Number(from), ...(total === "*" ? {} : { total: Number(total) }) };
}

/** What breaks on the way of a connection may go well another time. */
async function passing<Result>(promise: Promise<Result>): Promise<Result> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof LatticeworkError || !(error instanceof Error)) throw error;
    const reason = [error.message, "code" in error ? String(error.code) : ""].find((text) => text !== "") ?? error.name;
    throw new Passing(`the connection failed: ${reason}`, { cause: error });
  }
}

function explainDisk(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof LatticeworkError) return error;
  const remedy =
    error.code === "ENOSPC" || error.code === "EDQUOT" || error.code === "EFBIG"
      ? "the disk is full, or a limit of it reached: make room, and the same command goes on from there"
      : `${error.message}: choose another folder or change its permissions`;
  return new LatticeworkError(`cannot save ${partOf(file)} (${String(error.code)}): ${remedy}`, { cause: error });
}
