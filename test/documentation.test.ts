/** What the documentation says is so: options and their defaults, commands and their flags, and the program of the README. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { optionKeys } from "../src/index.ts";
import { latticeworkOutput, repository, start } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(repository, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const textOf = (page: string): string => readFileSync(join(repository, page), "utf8");

describe("docs/options.md", () => {
  const rows = [...textOf("docs/options.md").matchAll(/^\| `([\w.]+)` \| (\S+) \|/gm)].map(
    ([, key = "", written = ""]) => ({ key, written }),
  );

  test("lists every option once", () => {
    expect(rows.map((row) => row.key).sort()).toEqual(optionKeys.map((option) => option.key).sort());
  });

  test("gives every default as it is", () => {
    for (const { key, written } of rows) {
      const value = optionKeys.find((option) => option.key === key)?.default;
      if (typeof value === "number") expect(Number(written), key).toBe(value);
      else if (typeof value === "string" || typeof value === "boolean") expect(written, key).toBe(String(value));
    }
  });
});

describe("commands", () => {
  const written = pages.flatMap((page) =>
    [...textOf(page).matchAll(/^(?:npx )?latticework ([a-z]+)(.*)$/gm)].map(([line, command = "", rest = ""]) => ({
      page,
      line,
      command,
      flags: [...(rest.split("#")[0] ?? "").matchAll(/--[a-z-]+/g)].map(([flag]) => flag),
    })),
  );

  test("are there to be read", () => {
    expect(written.length).toBeGreaterThan(8);
  });

  test("exist with the flags they are shown with", async () => {
    const helps = new Map<string, string>();
    for (const { page, line, command, flags } of written) {
      const help = helps.get(command) ?? (await latticeworkOutput(command, "--help"));
      helps.set(command, help);
      for (const flag of flags) expect(help, `${page}: ${line}`).toContain(flag);
    }
  });
});

describe("links between pages", () => {
  test.each(pages)("%s", (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = ""]) => link);
    for (const link of links) expect(() => readFileSync(join(repository, page, "..", link)), link).not.toThrow();
  });
});

describe("npm scripts", () => {
  test("that pages name are there", () => {
    const scripts = Object.keys(JSON.parse(textOf("package.json")).scripts);
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/(?:`|^|&& )npm (?:run )?([a-z:-]+)/gm)].map(([, name = ""]) => name),
    );
    const builtin = ["install", "ci", "pack"];
    for (const name of new Set(named)) if (!builtin.includes(name)) expect(scripts, `npm run ${name}`).toContain(name);
  });
});

test("the program of the README trains and recommends", async () => {
  const program = /```ts\n(.*?)```/s.exec(textOf("README.md"))?.[1] ?? "";
  expect(program).toContain('from "latticework"');
  const entry = new URL("../src/index.ts", import.meta.url).href;
  const file = join(folder, "example.ts");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(file, program.replace('"latticework"', JSON.stringify(entry)));
  const { code, output, errors } = await start(process.execPath, [file], { cwd: folder }).ended;
  expect(code, errors).toBe(0);
  expect(output).toMatch(/^0\.\d+ \[/);
  expect(output).toContain("user: '7'");
});
