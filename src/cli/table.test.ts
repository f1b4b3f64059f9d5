import { expect, test } from "vitest";
import { tableText } from "./table.ts";

test("columns are aligned and nothing trails", () => {
  const text = tableText(
    [{ head: "model" }, { head: "recall@20", align: "right" }],
    [
      ["lattice", "0.1234"],
      ["mf", "0.1"],
    ],
  );
  expect(text.split("\n")).toEqual([
    "model    recall@20",
    "──────────────────",
    "lattice     0.1234",
    "mf             0.1",
  ]);
});
