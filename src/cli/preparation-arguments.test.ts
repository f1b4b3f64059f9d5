/** Values of `latticework prepare` and what they mean. */
import { describe, expect, test } from "vitest";
import { aNumber, byteCount, duration, eventWeights, moment, shares, splitName } from "./preparation-arguments.ts";

describe("values", () => {
  test.each([
    [duration, "90d", 90 * 86_400_000],
    [duration, "1.5h", 5_400_000],
    [duration, "2 w", 14 * 86_400_000],
    [duration, "30min", 1_800_000],
    [moment, "2024-01-31", Date.UTC(2024, 0, 31)],
    [moment, "2024-01-31 18:30", Date.UTC(2024, 0, 31, 18, 30)],
    [moment, "2024-01-31T18:30:00.5+02:00", Date.UTC(2024, 0, 31, 16, 30, 0, 500)],
    [byteCount, "800MB", 800e6],
    [byteCount, "2GiB", 2 ** 31],
    [aNumber, "-1.5", -1.5],
    [splitName, "global-time", "global-time"],
  ])("%o of %s", (parse, text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  test("events, with = in a name", () => {
    expect(eventWeights("view=1, add to cart=2.5,a=b=3,hide=dislike")).toEqual({
      view: 1,
      "add to cart": 2.5,
      "a=b": 3,
      hide: "dislike",
    });
  });

  test("shares in any unit add up to 1", () => {
    for (const text of ["0.8,0.1,0.1", "80/10/10", "8:1:1"]) {
      const [train, validation, tested] = shares(text);
      expect([train, validation, tested].map((share) => share.toFixed(6))).toEqual([
        "0.800000",
        "0.100000",
        "0.100000",
      ]);
    }
  });
});

describe("what cannot be", () => {
  test.each([
    [duration, "90"],
    [duration, "0d"],
    [duration, "three days"],
    [moment, "2024-13-01"],
    [moment, "yesterday"],
    [byteCount, "12"],
    [byteCount, "1kB"],
    [aNumber, ""],
    [aNumber, "1e999"],
    [eventWeights, ""],
    [eventWeights, "view=0"],
    [eventWeights, "view=1,view=2"],
    [shares, "0.8,0.2"],
    [shares, "0,0.5,0.5"],
    [shares, "1,-1,1"],
    [splitName, "temporal"],
  ])("%o of %j", (parse, text) => {
    expect(() => parse(text)).toThrow(text === "" ? /is not/ : text.split(",", 1)[0]);
  });
});
