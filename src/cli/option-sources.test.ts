import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { gatherOptions, optionHelp } from "./option-sources.ts";

const folder = mkdtempSync(join(tmpdir(), "latticework-options-"));
afterAll(() => rmSync(folder, { recursive: true }));

function configuration(content: string): string {
  const file = join(folder, "options.json");
  writeFileSync(file, content);
  return file;
}

test("settings win over the file, flags over both, options with parts part by part", async () => {
  const config = configuration(
    '{"skip": 0.5, "neighbours": 7, "epochs": 3, "learningRateDecay": {"factor": 0.8, "epochs": 9}}',
  );
  const { given, complete } = await gatherOptions({
    config,
    set: ["skip=0.6", "learningRateDecay.factor=.9"],
    epochs: 4,
  });
  expect(given).toEqual({ skip: 0.6, neighbours: 7, epochs: 4, learningRateDecay: { factor: 0.9, epochs: 9 } });
  expect(complete).toMatchObject({ ...given, batchSize: 1024, sampler: "by-user" });
});

test("nothing given is nothing given", async () => {
  expect((await gatherOptions({})).given).toEqual({});
});

test("an unknown key in a file is answered by the nearest known one", async () => {
  await expect(gatherOptions({ config: configuration('{"neighbors": 7}') })).rejects.toThrow(
    /"neighbors".*"neighbours"/,
  );
});

test("files that are missing, no JSON, or no object are named", async () => {
  await expect(gatherOptions({ config: join(folder, "none.json") })).rejects.toThrow(/none\.json: cannot be read/);
  await expect(gatherOptions({ config: configuration("{") })).rejects.toThrow(/options\.json: is no JSON/);
  await expect(gatherOptions({ config: configuration("[1]") })).rejects.toThrow(
    /options\.json: found \[1\], expected an object/,
  );
});

test("the help lists every option with its default", () => {
  expect(optionHelp()).toMatch(/^skip +0\.9 +a number from 0 to 1$/m);
});
