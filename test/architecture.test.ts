/** The house as it is meant: imports between rooms point downward, and every file opens by saying what it is. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "./command.ts";

/** From the bottom up; a room imports from rooms before it only. */
const rooms = [
  "errors.ts",
  "engine",
  "tensor",
  "graph",
  "data",
  "features",
  "preparation",
  "models",
  "evaluation",
  "training",
  "runs",
  "recommender",
  "workers",
  "comparison",
  "sweep",
  "demo",
  "studio",
  "service",
  "cli",
];
const files = globSync("src/**/*.{ts,tsx}", { cwd: repository })
  .filter((file) => !/\.(test|conformance|fixture)\.ts$/.test(file) && !file.includes("/conformance/"))
  .sort();
const product = files.filter((file) => file !== "src/index.ts");
const textOf = (file: string): string => readFileSync(join(repository, file), "utf8");
const roomOf = (file: string): string => file.split("/")[1] ?? "";

test("every room is known", () => {
  expect([...new Set(product.map(roomOf))].sort()).toEqual([...rooms].sort());
});

describe("imports point downward", () => {
  test.each(rooms)("from %s", (room) => {
    for (const file of product.filter((name) => roomOf(name) === room)) {
      for (const [, path = ""] of textOf(file).matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)) {
        const imported = join(file, "..", path);
        if (imported === "package.json") continue;
        expect(rooms.indexOf(roomOf(imported)), `${file} imports ${imported}`).toBeLessThanOrEqual(rooms.indexOf(room));
      }
    }
  });
});

test("every file opens with a paragraph that says what it is", () => {
  for (const file of files) expect(textOf(file), file).toMatch(/^(#!.*\n)?\/\*\*/);
});

test("no file of the product leaves things undone or silences the type checker", () => {
  for (const file of files)
    expect(textOf(file).match(/\b(TODO|FIXME|XXX)\b|@ts-(ignore|expect-error)/)?.[0], file).toBeUndefined();
});
