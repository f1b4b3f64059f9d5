import { expect, test } from "vitest";
import { bytesText, countText, durationText, figureText, rateText } from "./wording.ts";

test("durations choose their unit and never read 60 s or 60 min", () => {
  expect([0, 0.837, 0.9951, 9.94, 9.96, 59.4, 59.6, 3599.4, 3600, 7500].map(durationText)).toEqual([
    "0.00 s",
    "0.84 s",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 00 s",
    "59 min 59 s",
    "1 h 00 min",
    "2 h 05 min",
  ]);
});

test("sizes choose their unit", () => {
  expect([0, 999, 812e6, 999.4e6, 999.6e6, 1.24e9].map(bytesText)).toEqual([
    "0 kB",
    "1 kB",
    "812 MB",
    "999 MB",
    "1.0 GB",
    "1.2 GB",
  ]);
});

test("rates, figures and counts", () => {
  expect([7.123, 83.44, 1250.4].map(rateText)).toEqual(["7.12", "83.4", "1250"]);
  expect(figureText(0.08406)).toBe("0.0841");
  expect([7, 1234, 1234567].map(countText)).toEqual(["7", "1,234", "1,234,567"]);
});
