/** Sounds: every format becomes the same tone at the wanted rate; what is broken is marked; long and wicked files cost little. */
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { openSoundReader, type SoundReader } from "./sound-reader.ts";
import { flacStillness, flacTone, wavTone } from "./sounds.fixture.ts";

const folder = temporaryFolder();
const rate = 16000;
let reader: SoundReader;

function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

async function samplesOf(name: string, from: SoundReader = reader): Promise<Float32Array> {
  const sound = await from.read(name);
  if ("missing" in sound) throw new Error(sound.missing);
  return sound.samples;
}

/** Strength of a tone of so many hertz, from the middle of the sound. */
function strength(samples: Float32Array, hertz: number): number {
  const from = Math.floor(samples.length / 4);
  const count = Math.floor(samples.length / 2);
  let [sine, cosine] = [0, 0];
  for (let at = 0; at < count; at++) {
    const angle = (2 * Math.PI * hertz * at) / rate;
    sine += samples[from + at] * Math.sin(angle);
    cosine += samples[from + at] * Math.cos(angle);
  }
  return (2 * Math.sqrt(sine * sine + cosine * cosine)) / count;
}

beforeAll(async () => {
  const tone = wavTone({ hertz: 800, rate: 44100, seconds: 0.5 });
  put("tone.wav", tone);
  put("slow.wav", wavTone({ hertz: 800, rate: 8000, seconds: 0.5 }));
  put("stereo.wav", wavTone({ hertz: 800, rate: 22050, seconds: 0.5, channels: [0.9, 0.3] }));
  put("tone.flac", flacTone(800, 0.5));
  for (const name of ["tone.mp3", "tone.ogg"]) put(name, readFileSync(join(import.meta.dirname, "tones", name)));
  put("cut.wav", tone.subarray(0, 20));
  put("short.wav", tone.subarray(0, 1000));
  put("cut.flac", flacTone(800, 0.5).subarray(0, 30));
  put("none.mp3", "");
  put("words.mp3", "ID3 and then nothing but words. ".repeat(400));
  put("words.wav", "These are words.");
  put("still.flac", flacStillness(60_000));
  symlinkSync("/etc/hostname", join(folder, "link.wav"));
  reader = await openSoundReader({ root: folder, rate, seconds: 10 });
});

test.each(["tone.wav", "slow.wav", "stereo.wav", "tone.flac", "tone.mp3", "tone.ogg"])(
  "%s is the tone, one channel at the wanted rate",
  async (name) => {
    const samples = await samplesOf(name);
    expect(samples.length / rate).toBeGreaterThan(0.35);
    expect(samples.length / rate).toBeLessThan(0.55);
    expect(strength(samples, 800)).toBeGreaterThan(0.55);
    expect(strength(samples, 800)).toBeLessThan(0.65);
    expect(strength(samples, 1300)).toBeLessThan(0.02);
  },
);

test.each([
  ["nowhere.wav", /^there is no file "nowhere.wav" in the sound folder$/],
  ["none.mp3", /^"none.mp3" is empty \(0 bytes\)$/],
  ["words.wav", /^"words.wav" is no sound that can be read \(WAV, MP3, FLAC and Ogg Vorbis are\)$/],
  ["words.mp3", /^"words.mp3" (holds less than 0.05 seconds of sound|is broken or cut off)/],
  ["cut.wav", /^"cut.wav" holds less than 0.05 seconds of sound$/],
  ["short.wav", /^"short.wav" holds less than 0.05 seconds of sound$/],
  ["cut.flac", /^"cut.flac" (holds less than 0.05 seconds of sound|is broken or cut off)/],
  ["../tone.wav", /leads outside the sound folder and is not opened$/],
  ["link.wav", /leads outside the sound folder and is not opened$/],
  ["https://example.org/a.mp3", /is an address; sounds are not fetched/],
])("%s is marked", async (name, reason) => {
  const sound = await reader.read(name);
  expect("missing" in sound ? sound.missing : "a sound").toMatch(reason);
});

describe("the start of a sound suffices", () => {
  test("what is longer is cut", async () => {
    const short = await openSoundReader({ root: folder, rate, seconds: 0.25 });
    for (const name of ["tone.wav", "tone.flac", "tone.mp3", "tone.ogg"]) {
      expect((await samplesOf(name, short)).length, name).toBe(rate * 0.25);
    }
  });

  test("a file of much stillness is not unpacked as a whole", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const samples = await samplesOf("still.flac");
    expect(samples.length).toBe(rate * 10);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30e6);
  });
});
