/**
 * Files on their way from a worker to a coordinator: cut into pieces that lie in one hash of the server until they are fetched, each file with its size and
 * SHA-256. A parcel belongs to one sender, so two workers that did the same job never mix theirs; one that nobody fetches expires.
 * Weights are noise to a compressor (8% on Amazon Baby), so none is used.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import type { Redis } from "ioredis";
import { z } from "zod";
import { streamFileAtomically } from "../data/atomic-file.ts";
import { RunError } from "../errors.ts";

const count = z.int().min(0);

export const parcelSchema = z.strictObject({
  /** Of the hash; its fields are `name/piece`. */
  key: z.string(),
  files: z.array(
    z.strictObject({
      /** Of a file, never a path. */
      name: z.string().regex(/^\w[\w.-]*$/),
      bytes: count,
      sha256: z.string().length(64),
      pieces: count,
    }),
  ),
});
export type Parcel = z.output<typeof parcelSchema>;
type ParcelFile = Parcel["files"][number];

const pieceBytes = 1 << 20;
/** A parcel whose sender died on the way is forgotten. */
const sendingSeconds = 24 * 3600;
const fieldOf = (name: string, piece: number): string => `${name}/${piece}`;

async function sendFile(redis: Redis, key: string, folder: string, name: string): Promise<ParcelFile> {
  const handle = await open(path.join(folder, name));
  const hash = createHash("sha256");
  let [bytes, pieces] = [0, 0];
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(pieceBytes), 0, pieceBytes);
      if (bytesRead === 0) return { name, bytes, sha256: hash.digest("hex"), pieces };
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      await Promise.all([redis.hset(key, fieldOf(name, pieces), piece), redis.expire(key, sendingSeconds)]);
      bytes += bytesRead;
      pieces++;
    }
  } finally {
    await handle.close();
  }
}

/** @throws RunError when the server has no room for it */
export async function sendParcel(redis: Redis, key: string, folder: string, names: readonly string[]): Promise<Parcel> {
  try {
    const files: ParcelFile[] = [];
    for (const name of names) files.push(await sendFile(redis, key, folder, name));
    return { key, files };
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("OOM"))) throw error;
    await dropParcel(redis, { key });
    throw new RunError(`the Redis server is full: its files were not taken; raise its maxmemory`, { cause: error });
  }
}

class IncompleteError extends Error {}

async function* piecesOf(redis: Redis, key: string, file: ParcelFile): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (let piece = 0; piece < file.pieces; piece++) {
    const content = await redis.hgetBuffer(key, fieldOf(file.name, piece));
    if (content === null) throw new IncompleteError();
    hash.update(content);
    bytes += content.length;
    yield content;
  }
  if (bytes !== file.bytes || hash.digest("hex") !== file.sha256) throw new IncompleteError();
}

/**
 * Fetches the files into a folder, which is made. They stay with the server too.
 * @returns false where the server no longer has all of it @throws LatticeworkError when the disk refuses
 */
export async function fetchParcel(redis: Redis, { key, files }: Parcel, folder: string): Promise<boolean> {
  fs.mkdirSync(folder, { recursive: true });
  try {
    for (const file of files) await streamFileAtomically(path.join(folder, file.name), piecesOf(redis, key, file));
    return true;
  } catch (error) {
    if (error instanceof IncompleteError) return false;
    throw error;
  }
}

/** Keeps what was sent whole until somebody fetches it, at most so long. */
export async function keepParcel(redis: Redis, { key }: Pick<Parcel, "key">, seconds: number): Promise<void> {
  await redis.expire(key, seconds);
}

export async function dropParcel(redis: Redis, { key }: Pick<Parcel, "key">): Promise<void> {
  await redis.unlink(key);
}
