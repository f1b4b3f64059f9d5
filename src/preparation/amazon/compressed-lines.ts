/**
 * The lines of a text file, gz or plain, one block after the other: a file of any length passes through in bounded memory, and one
 * that is cut, damaged, not UTF-8 or has a line without end is refused with how far it could be read.
 */
import fs from "node:fs";
import path from "node:path";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DatasetError } from "../../errors.ts";

/** Consecutive lines without their ends. */
export interface LineBlock {
  /** Number of the first line, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
  /** Bytes of the file (compressed, where it is) that have been read so far. */
  readonly bytesRead: number;
}

export interface LineOptions {
  /** Bytes a line may have. Default 16 MiB. */
  readonly longestLine?: number;
  readonly signal?: AbortSignal | undefined;
}

const defaultLongestLine = 16 * 2 ** 20;
const lineFeed = 0x0a;

/**
 * Whether a file is gz is told by its first bytes, not by its name. Lines end in LF or CRLF; the last one may lack its end.
 * @throws DatasetError naming the file and how many lines were read
 */
export async function* readLines(file: string, options: LineOptions = {}): AsyncGenerator<LineBlock, void, undefined> {
  const { longestLine = defaultLongestLine, signal } = options;
  const label = path.basename(file);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let read = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  const decode = (bytes: Uint8Array, number: number): string => {
    if (bytes.length > longestLine) throw tooLong(number);
    const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    try {
      return decoder.decode(bytes.subarray(0, end));
    } catch (error) {
      throw new DatasetError(`${label} line ${number} is not UTF-8; convert the file or download it again`, {
        cause: error,
      });
    }
  };
  const tooLong = (number: number): DatasetError =>
    new DatasetError(
      `${label} line ${number} is longer than ${longestLine} bytes, expected one record a line; the file is damaged or of another kind`,
    );

  try {
    const { raw, content } = await openDecompressed(file, signal);
    for await (const chunk of content as AsyncIterable<Uint8Array>) {
      const lines: string[] = [];
      let from = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
        const tail = chunk.subarray(from, end);
        const whole = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
        pending = [];
        pendingBytes = 0;
        from = end + 1;
        lines.push(decode(whole, read + lines.length + 1));
      }
      if (from < chunk.length) {
        pending.push(chunk.subarray(from));
        pendingBytes += chunk.length - from;
        if (pendingBytes > longestLine) throw tooLong(read + lines.length + 1);
      }
      if (lines.length === 0) continue;
      yield { first: read + 1, lines, bytesRead: raw.bytesRead };
      read += lines.length;
    }
    if (pendingBytes > 0)
      yield { first: read + 1, lines: [decode(Buffer.concat(pending), read + 1)], bytesRead: raw.bytesRead };
  } catch (error) {
    throw explain(error, label, read);
  }
}

/** The file as it is, and what comes out of it: the same, or decompressed. */
async function openDecompressed(
  file: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly raw: fs.ReadStream; readonly content: Readable }> {
  const handle = await fs.promises.open(file, "r");
  const magic = new Uint8Array(2);
  await handle.read(magic, 0, 2, 0);
  const raw = fs.createReadStream(file, { fd: handle, start: 0, highWaterMark: 1 << 18, signal });
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return { raw, content: raw };
  // What goes wrong destroys the last stage, whose reader is told.
  return { raw, content: pipeline(raw, createGunzip({ chunkSize: 1 << 18 }), () => undefined) };
}

function explain(error: unknown, label: string, read: number): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const after = `after ${read} whole lines`;
  switch (error.code) {
    case "Z_BUF_ERROR":
      return new DatasetError(`${label} is truncated: the gz data ends early, ${after}; download or copy it again`, {
        cause: error,
      });
    case "Z_DATA_ERROR":
      return new DatasetError(`${label} is damaged: ${error.message} ${after}; download or copy it again`, {
        cause: error,
      });
    case "ENOENT":
    case "EACCES":
    case "EISDIR":
      return new DatasetError(`${label} cannot be read: ${error.message}; check the path and its permissions`, {
        cause: error,
      });
    default:
      return error;
  }
}
