/**
 * Sounds as samples of one channel, in bounded memory: `audio-decode` (WAV, MP3, FLAC, Ogg Vorbis) is fed piece by piece until enough
 * seconds are there, so that neither a long nor a wicked file is decoded as a whole. Channels are averaged, then brought to the wanted rate.
 */
import { open } from "node:fs/promises";
import type { AudioData, StreamDecoder } from "audio-decode";
import { openCatalogueFolder, quoted } from "../catalogue-file.ts";
import type { Missing } from "../encoder.ts";
import { loadOptionalPackage } from "../optional-package.ts";
import { resample } from "./resample.ts";

/** One channel, values about −1 to 1. */
export interface Sound {
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
}

export interface SoundReader {
  /** @param value as in the catalogue */
  read(value: string): Promise<Sound | Missing>;
}

export interface SoundReaderOptions {
  /** The folder below which all sounds lie; nothing outside is opened. */
  readonly root: string;
  /** Samples a second of what is returned. */
  readonly rate: number;
  /** What is longer is cut there. */
  readonly seconds: number;
}

type Format = "wav" | "mp3" | "flac" | "oga";

const shortest = 0.05;
/** Pictures of the cover stand before the first sample; a file with so much else holds no sound. */
const mostBytesBeforeSound = 16_000_000;
/** Bytes fed at a time. Packed formats get little: a few bytes of silence can unpack to seconds. */
const pieces: Readonly<Record<Format, number>> = { wav: 65536, mp3: 4096, flac: 2048, oga: 2048 };

const formatNames = "WAV, MP3, FLAC and Ogg Vorbis";

function formatOf(head: Uint8Array): Format | undefined {
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WAVE") return "wav";
  if (text.startsWith("fLaC")) return "flac";
  if (text.startsWith("OggS")) return text.includes("vorbis") ? "oga" : undefined;
  if (text.startsWith("ID3") || (head[0] === 0xff && (head[1] & 0xe6) === 0xe2)) return "mp3";
  return undefined;
}

/** The mean of all channels. */
function mix({ channelData }: AudioData): Float32Array {
  const [first, ...others] = channelData;
  if (first === undefined) return new Float32Array(0);
  const mixed = Float32Array.from(first);
  for (const channel of others) for (let at = 0; at < mixed.length; at++) mixed[at] += channel[at];
  if (others.length > 0) for (let at = 0; at < mixed.length; at++) mixed[at] /= channelData.length;
  return mixed;
}

interface Collected {
  readonly parts: Float32Array[];
  rate: number;
  length: number;
}

/** Adds decoded samples; true when there are enough. */
function collect(data: AudioData, seconds: number, into: Collected): boolean {
  if (data.channelData.length === 0) return false;
  if (into.rate === 0) into.rate = data.sampleRate;
  const part = mix(data);
  into.parts.push(part);
  into.length += part.length;
  return into.length >= seconds * into.rate;
}

async function decodeStart(
  path: string,
  format: Format,
  start: () => Promise<StreamDecoder>,
  seconds: number,
): Promise<Collected> {
  const collected: Collected = { parts: [], rate: 0, length: 0 };
  await using file = await open(path, "r");
  const decoder = await start();
  try {
    let read = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(pieces[format]), 0, pieces[format], read);
      if (bytesRead === 0) break;
      read += bytesRead;
      if (collect(await decoder(buffer.subarray(0, bytesRead)), seconds, collected)) return collected;
      if (collected.length === 0 && read > mostBytesBeforeSound) return collected;
    }
    collect(await decoder(), seconds, collected);
    return collected;
  } finally {
    decoder.free();
  }
}

async function loadDecoders(): Promise<(format: Format) => Promise<StreamDecoder>> {
  const library = await loadOptionalPackage("sounds", "audio-decode", () => import("audio-decode"));
  return (format) => library.default[format]();
}

/** @throws ConfigError when the folder does not exist or `audio-decode` is not installed */
export async function openSoundReader({ root, rate, seconds }: SoundReaderOptions): Promise<SoundReader> {
  const folder = await openCatalogueFolder(root, "sound");
  const decoders = await loadDecoders();
  const read = async (value: string): Promise<Sound | Missing> => {
    const found = await folder.find(value);
    if ("missing" in found) return found;
    try {
      const format = formatOf(found.head);
      if (format === undefined)
        return { missing: `${quoted(value)} is no sound that can be read (${formatNames} are)` };
      const { parts, rate: ownRate, length } = await decodeStart(found.path, format, () => decoders(format), seconds);
      if (length < shortest * ownRate || ownRate === 0) {
        return { missing: `${quoted(value)} holds less than ${shortest} seconds of sound` };
      }
      const whole = new Float32Array(Math.min(length, Math.floor(seconds * ownRate)));
      let at = 0;
      for (const part of parts) {
        whole.set(part.subarray(0, whole.length - at), at);
        at += Math.min(part.length, whole.length - at);
      }
      return { samples: resample(whole, ownRate, rate), rate };
    } catch (error) {
      const words = error instanceof Error ? error.message.split("\n")[0] : String(error);
      return { missing: `${quoted(value)} is broken or cut off (${words})` };
    }
  };
  return { read };
}
