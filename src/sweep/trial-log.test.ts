import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { TrialRecord } from "./trial.ts";
import { openTrialLog } from "./trial-log.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-trials-"));
const file = path.join(folder, "trials.jsonl");
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
beforeEach(() => fs.rmSync(file, { force: true }));

const failed = (trial: number, message = "no"): TrialRecord => ({
  trial,
  rung: 0,
  setting: { skip: 0.5 },
  outcome: { status: "failed", message },
});

describe("the log of trials", () => {
  it("keeps each trial once, as it was logged first", () => {
    const log = openTrialLog(file);
    expect(log.append(failed(0))).toBe(true);
    expect(log.append(failed(0, "again"))).toBe(false);
    expect(log.append(failed(1))).toBe(true);
    fs.appendFileSync(file, `${JSON.stringify(failed(1, "by hand"))}\n`);
    expect([...openTrialLog(file).records.values()]).toEqual([failed(0), failed(1)]);
  });

  it("drops a last line that was cut short, and goes on behind the others", () => {
    openTrialLog(file).append(failed(0, "größer"));
    const whole = fs.readFileSync(file);
    fs.appendFileSync(file, JSON.stringify(failed(1)).slice(0, 20));
    const log = openTrialLog(file);
    expect([...log.records.keys()]).toEqual(["0-0"]);
    expect(fs.readFileSync(file)).toEqual(whole);
    log.append(failed(1));
    expect([...openTrialLog(file).records.keys()]).toEqual(["0-0", "1-0"]);
  });

  it("names a line that is no trial", () => {
    fs.writeFileSync(file, `${JSON.stringify(failed(0))}\n{"trial":1}\n`);
    expect(() => openTrialLog(file)).toThrow(/trials\.jsonl line 2 is no trial \(rung: .*remove the line/);
    fs.writeFileSync(file, "nonsense\n");
    expect(() => openTrialLog(file)).toThrow(/line 1 is no JSON/);
  });
});
