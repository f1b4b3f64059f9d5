import { describe, expect, test } from "vitest";
import { type PoolingMode, poolMaps, poolTokens, readPoolingModes, unitRows } from "./pooling.ts";

/** Two items of three tokens of two values; the second item's last token is padding. */
const tokens = { data: Float32Array.of(1, 2, 3, 4, 5, 9, 2, 0, 4, -2, 100, 100), shape: [2, 3, 2] };
const mask = Uint8Array.of(1, 1, 1, 1, 1, 0);

test.each<[PoolingMode, number[]]>([
  ["mean", [3, 5, 3, -1]],
  ["max", [5, 9, 4, 0]],
  ["first", [1, 2, 2, 0]],
  ["last", [5, 9, 4, -2]],
  ["weighted-mean", [(1 + 6 + 15) / 6, (2 + 8 + 27) / 6, (2 + 8) / 3, -4 / 3]],
  ["mean-root", [9 / Math.sqrt(3), 15 / Math.sqrt(3), 6 / Math.sqrt(2), -2 / Math.sqrt(2)]],
])("%s", (mode, expected) => {
  const { data, shape } = poolTokens(tokens, mask, [mode]);
  expect(shape).toEqual([2, 2]);
  for (const [at, value] of expected.entries()) expect(data[at]).toBeCloseTo(value, 6);
});

test("several modes stand one behind the other", () => {
  const { data, shape } = poolTokens(tokens, mask, ["first", "mean"]);
  expect(shape).toEqual([2, 4]);
  expect([...data]).toEqual([1, 2, 3, 5, 2, 0, 3, -1]);
});

test("padding on the left is left out too", () => {
  const { data } = poolTokens({ data: Float32Array.of(9, 9, 1, 2), shape: [1, 2, 2] }, Uint8Array.of(0, 1), ["mean"]);
  expect([...data]).toEqual([1, 2]);
});

test("feature maps are averaged over their places", () => {
  const maps = { data: Float32Array.of(1, 2, 3, 4, 10, 10, 10, 30), shape: [1, 2, 2, 2] };
  expect([...poolMaps(maps).data]).toEqual([2.5, 15]);
});

test("rows have length 1, or a reason", () => {
  const [row, zeros, broken] = unitRows({ data: Float32Array.of(3, 4, 0, 0, Number.NaN, 1), shape: [3, 2] });
  expect(row).toEqual(Float32Array.of(0.6, 0.8));
  expect(zeros).toEqual({ missing: "the model gave nothing but zeros" });
  expect(broken).toEqual({ missing: "the model gave values that are no numbers" });
});

describe("pooling configurations", () => {
  test.each([
    [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }, ["mean"]],
    [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }, ["first", "mean"]],
    [{ pooling_mode_lasttoken: true }, ["last"]],
    [{ word_embedding_dimension: 8, pooling_mode: "cls" }, ["first"]],
    [{ pooling_mode: ["cls", "max"] }, ["first", "max"]],
  ])("%o", (file, modes) => {
    expect(readPoolingModes(file, "a model")).toEqual(modes);
  });

  test.each([
    [{}, /names the pooling modes none; known are cls, max/],
    [{ pooling_mode: "attention" }, /names the pooling modes attention; known are/],
    [{ pooling_mode_mean_tokens: "yes" }, /a model is no pooling configuration/],
  ])("%o is refused", (file, message) => {
    expect(() => readPoolingModes(file, "a model")).toThrow(message);
  });
});
