/** Sound files for tests: WAV and FLAC written byte by byte; `tones/` holds 0.4 s of 800 Hz at 16 kHz as MP3 and Ogg Vorbis. */

export interface ToneOptions {
  readonly hertz: number;
  /** Samples a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Loudness of each channel; default one channel of 0.6. */
  readonly channels?: readonly number[];
}

/** 16-bit samples, channel after channel within each moment. */
function toneSamples({ hertz, rate, seconds, channels = [0.6] }: ToneOptions): Int16Array {
  const samples = new Int16Array(Math.round(rate * seconds) * channels.length);
  for (let at = 0; at < samples.length; at++) {
    const time = Math.floor(at / channels.length) / rate;
    samples[at] = Math.round(32767 * channels[at % channels.length] * Math.sin(2 * Math.PI * hertz * time));
  }
  return samples;
}

export function wavTone(options: ToneOptions): Buffer {
  const samples = toneSamples(options);
  const channels = options.channels?.length ?? 1;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(options.rate, 24);
  header.writeUInt32LE(options.rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

/** Cyclic redundancy check, most significant bit first, from 0. */
function crc(bytes: Uint8Array, bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1);
  const mask = 2 ** bits - 1;
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) value = ((value << 1) ^ ((value & top) === 0 ? 0 : polynomial)) & mask;
  }
  return value;
}

const flacBlock = 256;

/** One channel of 16 bits at 16 kHz, in blocks of 256 samples: written out, or one value for the whole block. */
function flacFrame(number: number, samples: Int16Array | number): Buffer {
  // Fixed block size of 256, 16 kHz, one channel, 16 bits.
  const start = Buffer.from([0xff, 0xf8, 0x85, 0x08, ...utf8Number(number)]);
  const header = Buffer.concat([start, Buffer.from([crc(start, 8, 0x07)])]);
  const body = Buffer.alloc(typeof samples === "number" ? 3 : 1 + 2 * flacBlock);
  if (typeof samples === "number") {
    body.writeInt16BE(samples, 1);
  } else {
    body[0] = 0x02;
    for (let at = 0; at < flacBlock; at++) body.writeInt16BE(samples[at] ?? 0, 1 + 2 * at);
  }
  const frame = Buffer.concat([header, body]);
  const check = Buffer.alloc(2);
  check.writeUInt16BE(crc(frame, 16, 0x8005));
  return Buffer.concat([frame, check]);
}

function utf8Number(value: number): readonly number[] {
  if (value < 0x80) return [value];
  if (value < 0x800) return [0xc0 | (value >> 6), 0x80 | (value & 63)];
  return [0xe0 | (value >> 12), 0x80 | ((value >> 6) & 63), 0x80 | (value & 63)];
}

function flacFile(frames: readonly Buffer[]): Buffer {
  const information = Buffer.alloc(38);
  information.set([0x80, 0, 0, 34]);
  information.writeUInt16BE(flacBlock, 4);
  information.writeUInt16BE(flacBlock, 6);
  // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
  information.writeUInt32BE(((16000 << 12) | (15 << 4)) >>> 0, 14);
  information.writeUInt32BE(frames.length * flacBlock, 18);
  return Buffer.concat([Buffer.from("fLaC"), information, ...frames]);
}

/** A tone at 16 kHz. */
export function flacTone(hertz: number, seconds: number): Buffer {
  const samples = toneSamples({ hertz, rate: 16000, seconds });
  const blocks = Math.floor(samples.length / flacBlock);
  return flacFile(
    Array.from({ length: blocks }, (_, at) => flacFrame(at, samples.subarray(at * flacBlock, (at + 1) * flacBlock))),
  );
}

/** Much stillness in few bytes. */
export function flacStillness(blocks: number): Buffer {
  return flacFile(Array.from({ length: blocks }, (_, at) => flacFrame(at, 1)));
}
