import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { RunError } from "../errors.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { folderState } from "./folder-state.ts";
import { madeUpRun } from "./made-up-run.fixture.ts";
import { openRun } from "./open-run.ts";
import { placeRun } from "./place-run.ts";
import { writeRun, writeUnfinishedConfig } from "./write-run.ts";

async function twoFolders(): Promise<{ readonly from: string; readonly to: string }> {
  const folder = temporaryFolder();
  const [from, to] = [path.join(folder, ".receiving"), path.join(folder, "run")];
  await writeRun(from, madeUpRun());
  return { from, to };
}

it("moves a whole run to where nothing is", async () => {
  const { from, to } = await twoFolders();
  const { metrics } = openRun(from);
  expect(placeRun(from, to).metrics).toEqual(metrics);
  expect(openRun(to).weights().users.rows).toBe(4);
  expect(folderState(from)).toBe("absent");
});

it("replaces an unfinished training with its checkpoint, and leaves other files", async () => {
  const { from, to } = await twoFolders();
  writeUnfinishedConfig(to, { ...madeUpRun().config, status: "unfinished" });
  fs.mkdirSync(path.join(to, "checkpoint"));
  fs.writeFileSync(path.join(to, "notes.txt"), "mine");
  expect(folderState(to)).toBe("unfinished");
  placeRun(from, to);
  expect(openRun(to).config.status).toBe("finished");
  expect(fs.existsSync(path.join(to, "checkpoint"))).toBe(false);
  expect(fs.readFileSync(path.join(to, "notes.txt"), "utf8")).toBe("mine");
});

it("refuses what is not as it was written, and leaves what was there", async () => {
  const { from, to } = await twoFolders();
  writeUnfinishedConfig(to, { ...madeUpRun().config, status: "unfinished" });
  fs.appendFileSync(path.join(from, "weights.safetensors"), "x");
  expect(() => placeRun(from, to)).toThrow(RunError);
  expect(() => placeRun(from, to)).toThrow(/weights\.safetensors has \d+ bytes, expected \d+/);
  expect(folderState(to)).toBe("unfinished");
});
