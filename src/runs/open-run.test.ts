import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSafetensors } from "../data/safetensors.ts";
import { RunError } from "../errors.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { madeUpRun } from "./made-up-run.fixture.ts";
import { openRun } from "./open-run.ts";
import { runFiles, runFormatVersion } from "./run-format.ts";
import { writeRun, writeUnfinishedConfig } from "./write-run.ts";

async function writtenRun(): Promise<string> {
  const folder = path.join(temporaryFolder(), "run");
  await writeRun(folder, madeUpRun());
  return folder;
}

describe("a written run", () => {
  it("reads back as it was written", async () => {
    const content = madeUpRun();
    const run = openRun(await writtenRun());
    expect(run.config).toEqual(content.config);
    expect(run.metrics).toEqual(content.metrics);
    expect(run.history).toEqual(content.history);
    expect(run.ids).toEqual(content.ids);
    const { parameters: _, ...stored } = content.weights;
    expect(run.weights()).toEqual(stored);
  });

  it("holds the parameters under their own names", async () => {
    const stored = openSafetensors(path.join(await writtenRun(), runFiles.weights));
    expect(stored.read("embedding.users")).toMatchObject({ shape: [4, 2], dtype: "F32" });
    expect([...stored.read("embedding.users").data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    stored.close();
  });

  it("is written to the same bytes whatever the time and the machine", async () => {
    const first = await writtenRun();
    const second = path.join(temporaryFolder(), "run");
    const content = madeUpRun();
    const config = { ...content.config, startedAt: "2030-01-01T00:00:00.000Z" };
    await writeRun(second, { ...content, config: { ...config, environment: { ...config.environment, threads: 64 } } });
    const bytes = (folder: string) => fs.readFileSync(path.join(folder, runFiles.weights));
    expect(bytes(first).equals(bytes(second))).toBe(true);
  });

  it("has no checkpoint any more", async () => {
    const folder = path.join(temporaryFolder(), "run");
    fs.mkdirSync(path.join(folder, "checkpoint"), { recursive: true });
    await writeRun(folder, madeUpRun());
    expect(fs.readdirSync(folder).sort()).toEqual(Object.values(runFiles).sort());
  });
});

describe("a damaged run is refused, naming the file:", () => {
  it.each(Object.values(runFiles))("%s cut short at any byte", async (name) => {
    const folder = await writtenRun();
    const file = path.join(folder, name);
    const whole = fs.readFileSync(file);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        fs.writeFileSync(file, whole.subarray(0, length));
        expect(() => openRun(folder)).toThrow(RunError);
        expect(() => openRun(folder)).toThrow(name);
      }),
      { numRuns: 25, examples: [[0], [1], [whole.length - 1]] },
    );
    fs.writeFileSync(file, whole);
    expect(openRun(folder).config.seed).toBe(7);
  });

  it.each(Object.values(runFiles))("%s missing", async (name) => {
    const folder = await writtenRun();
    fs.rmSync(path.join(folder, name));
    expect(() => openRun(folder)).toThrow(RunError);
    expect(() => openRun(folder)).toThrow(name);
  });

  it.each(Object.values(runFiles).filter((name) => name !== runFiles.manifest))(
    "%s with one bit changed",
    async (name) => {
      const folder = await writtenRun();
      const file = path.join(folder, name);
      const bytes = fs.readFileSync(file);
      bytes[bytes.length >> 1] ^= 1;
      fs.writeFileSync(file, bytes);
      expect(() => openRun(folder)).toThrow(RunError);
      expect(() => openRun(folder)).toThrow(name);
    },
  );

  it("a newer format", async () => {
    const folder = await writtenRun();
    const file = path.join(folder, runFiles.config);
    const config = JSON.parse(fs.readFileSync(file, "utf8"));
    fs.writeFileSync(file, JSON.stringify({ ...config, formatVersion: runFormatVersion + 1, status: "archived" }));
    expect(() => openRun(folder)).toThrow(
      new RunError(
        `${file} is of run format ${runFormatVersion + 1}, this version of latticework reads up to ${runFormatVersion}; install a newer latticework`,
      ),
    );
  });
});

describe("what is no finished run is refused:", () => {
  it("a missing folder", () => {
    const folder = path.join(temporaryFolder(), "nowhere");
    expect(() => openRun(folder)).toThrow(
      new RunError(`run folder ${folder} does not exist; check the path, or train it first`),
    );
  });

  it("another folder", () => {
    const folder = temporaryFolder();
    expect(() => openRun(folder)).toThrow(
      new RunError(`${folder} is no run folder: it has no config.json; give the folder that train wrote (--out)`),
    );
  });

  it("an unfinished training", () => {
    const folder = temporaryFolder();
    writeUnfinishedConfig(folder, { ...madeUpRun().config, status: "unfinished" });
    expect(() => openRun(folder)).toThrow(new RunError(`run ${folder} is unfinished: continue with train --resume`));
  });
});
