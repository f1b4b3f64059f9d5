import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { RunError } from "../errors.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { checkStart, clearRun, folderState } from "./folder-state.ts";
import { madeUpRun } from "./made-up-run.fixture.ts";
import { writeRun, writeUnfinishedConfig } from "./write-run.ts";

const plain = { resume: false, overwrite: false };
const resume = { resume: true, overwrite: false };
const overwrite = { resume: false, overwrite: true };

describe("where a training may begin", () => {
  it("anywhere new", () => {
    const folder = temporaryFolder();
    for (const place of [folder, path.join(folder, "a", "b")]) {
      expect(() => checkStart(place, plain)).not.toThrow();
      expect(() => checkStart(place, resume)).toThrow(
        new RunError(`${place} holds no training to resume; train without resume first`),
      );
    }
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("over a finished run only when asked to", async () => {
    const folder = temporaryFolder();
    await writeRun(folder, madeUpRun());
    expect(folderState(folder)).toBe("finished");
    expect(() => checkStart(folder, plain)).toThrow(
      new RunError(`${folder} holds a finished run; choose a new folder, or ask to overwrite it`),
    );
    expect(() => checkStart(folder, resume)).toThrow("is a finished run, there is nothing to resume");
    expect(() => checkStart(folder, overwrite)).not.toThrow();
  });

  it("over an unfinished training only to resume or when asked to overwrite", () => {
    const folder = temporaryFolder();
    writeUnfinishedConfig(folder, { ...madeUpRun().config, status: "unfinished" });
    expect(folderState(folder)).toBe("unfinished");
    expect(() => checkStart(folder, plain)).toThrow("continue it with train --resume, or ask to overwrite it");
    expect(() => checkStart(folder, resume)).not.toThrow();
    expect(() => checkStart(folder, overwrite)).not.toThrow();
  });

  it.each([
    ["notes.txt", "my notes"],
    ["config.json", '{"editor": "vim"}'],
    ["config.json", "{"],
  ])("never over somebody's %s", (name, text) => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, name), text);
    for (const rules of [plain, resume, overwrite]) {
      expect(() => checkStart(folder, rules)).toThrow(
        new RunError(`${folder} is not a run folder and not empty; choose a new folder for the run`),
      );
    }
    expect(() => checkStart(path.join(folder, name), plain)).toThrow(`${name} is a file; choose another folder`);
  });
});

it("clearing a run leaves other files alone", async () => {
  const folder = temporaryFolder();
  await writeRun(folder, madeUpRun());
  fs.writeFileSync(path.join(folder, "notes.txt"), "mine");
  clearRun(folder);
  expect(fs.readdirSync(folder)).toEqual(["notes.txt"]);
});
