import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resample, sineOfHalfTurns } from "./resample.ts";

const tone = (hertz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / rate));

test("the sine is within 1e-14 of the true one", () => {
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (x) => {
      expect(Math.abs(sineOfHalfTurns(x) - Math.sin(Math.PI * x))).toBeLessThan(2e-14);
    }),
  );
});

describe("resampling", () => {
  test.each([
    [44100, 16000],
    [8000, 16000],
    [22050, 16000],
    [16000, 48000],
    [48000, 16000],
    [11025, 16001],
  ])("a tone from %d to %d stays the tone", (from, to) => {
    const result = resample(tone(700, from, 0.2), from, to);
    const expected = tone(700, to, 0.2);
    const inner = { from: Math.round(to * 0.02), to: Math.round(to * 0.18) };
    let worst = 0;
    for (let at = inner.from; at < inner.to; at++) worst = Math.max(worst, Math.abs(result[at] - expected[at]));
    expect(worst).toBeLessThan(0.002);
  });

  test("what the lower rate cannot carry is gone, not folded back", () => {
    const result = resample(tone(15_000, 44100, 0.2), 44100, 16000);
    expect(Math.max(...result.subarray(400, result.length - 400).map(Math.abs))).toBeLessThan(0.003);
  });

  test("a constant stays the constant, and the same rate the same samples", () => {
    const flat = new Float32Array(3000).fill(0.25);
    for (const value of resample(flat, 44100, 16000).subarray(100, -100)) expect(value).toBeCloseTo(0.25, 6);
    expect(resample(flat, 16000, 16000)).toBe(flat);
  });

  test("the length is that of the time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 8000, max: 48000 }), (length, to) => {
        expect(resample(new Float32Array(length), 16000, to)).toHaveLength(Math.floor((length * to) / 16000));
      }),
      { numRuns: 30 },
    );
  });
});
