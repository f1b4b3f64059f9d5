import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { loadOptionalPackage } from "./optional-package.ts";

const named = (name: string): string => name;

test("a package that is there is handed on", async () => {
  expect(await loadOptionalPackage("tests", "node:path", () => import("node:path"))).toHaveProperty("join");
});

test("one that is not is asked for by name", async () => {
  const load = (): Promise<unknown> => import(/* @vite-ignore */ named("no-such-package"));
  const absent = Object.assign(new Error("Cannot find package 'no-such-package'"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadOptionalPackage("sounds", "no-such-package", load)).rejects.toThrow(ConfigError);
  await expect(loadOptionalPackage("sounds", "no-such-package", () => Promise.reject(absent))).rejects.toThrow(
    "sounds need the package no-such-package, which is not installed: npm install no-such-package",
  );
});

test("one that is there and broken is not called absent", async () => {
  const broken = new Error("dlopen failed");
  await expect(loadOptionalPackage("sounds", "some-package", () => Promise.reject(broken))).rejects.toThrow(
    "sounds need the package some-package, which cannot be loaded (Error: dlopen failed): npm install some-package",
  );
});
