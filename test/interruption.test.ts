/** Stopping and going on: Ctrl-C saves and exits 130, `--resume` ends with the bytes of a training that never stopped. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { latticework, latticeworkOutput, startLatticework } from "./command.ts";
import { slowly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let dataset = "";

beforeAll(() => {
  dataset = writeSmallDataset(folder);
});

const epochsDone = (errors: string): number => Number(/Stopped and saved after (\d+) epochs/.exec(errors)?.[1]);
const weightsOf = (run: string): Buffer => readFileSync(join(run, "weights.safetensors"));
const settings = (model: string): string[] => ["--model", model, "--seed", "9", ...slowly];

test.each(["lattice", "ngcf"])("%s: SIGINT, exit 130, --resume, the same bytes", async (model) => {
  const whole = join(folder, `${model}-whole`);
  const parts = join(folder, `${model}-parts`);
  const words = (out: string): string[] => ["train", dataset, "--out", out, "--epochs", "400", ...settings(model)];
  await latticeworkOutput(...words(whole), "--quiet", "--threads", "1");

  const stopped = startLatticework(...words(parts), "--threads", "1");
  await stopped.seen("epoch 5 ");
  stopped.process.kill("SIGINT");
  const { code, errors } = await stopped.ended;
  expect(code).toBe(130);
  expect(errors).toMatch(/Stopped and saved after \d+ epochs\. Continue with:\n {2}latticework train .* --resume/);
  expect(existsSync(join(parts, "manifest.json"))).toBe(false);

  const unfinished = await latticework("recommend", parts, "--user", "1");
  expect(unfinished.code).toBe(1);
  expect(unfinished.errors).toMatch(/^error: .*unfinished.*--resume/);

  const resumed = await latticework(...words(parts), "--resume", "--threads", "2");
  expect(resumed.code, resumed.errors).toBe(0);
  expect(weightsOf(parts).equals(weightsOf(whole))).toBe(true);
  const history = (run: string): unknown[] =>
    readFileSync(join(run, "history.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { seconds, ...record } = JSON.parse(line);
        return { ...record, timed: seconds > 0 };
      });
  expect(history(parts)).toEqual(history(whole));
  const { bestEpoch } = JSON.parse(readFileSync(join(whole, "metrics.json"), "utf8"));
  expect(bestEpoch).toBeGreaterThan(epochsDone(errors));
});

test("--resume needs neither options nor seed again, and refuses others", async () => {
  const out = join(folder, "resume-options");
  const words = ["train", dataset, "--out", out, "--epochs", "5000", ...settings("lattice")];
  const stopped = startLatticework(...words);
  await stopped.seen("epoch 0 ");
  stopped.process.kill("SIGINT");
  expect((await stopped.ended).code).toBe(130);

  const other = await latticework("train", dataset, "--out", out, "--resume", "--seed", "10");
  expect(other.code).toBe(1);
  expect(other.errors).toMatch(/^error: .*seed 9.*10/);

  const again = startLatticework("train", dataset, "--out", out, "--resume");
  await again.seen(/epoch \d+ /);
  again.process.kill("SIGTERM");
  expect((await again.ended).code).toBe(130);
});

test("a second SIGINT ends it at once", async () => {
  const out = join(folder, "twice");
  const running = startLatticework(
    "train",
    dataset,
    "--out",
    out,
    "--epochs",
    "100000",
    ...settings("lattice"),
    "batchSize=1",
    "sampler=by-interaction",
  );
  await running.seen("memory");
  await running.seen(/epoch 0 |first epoch/);
  running.process.kill("SIGINT");
  await running.seen("Press Ctrl-C again");
  const again = setInterval(() => running.process.kill("SIGINT"), 100);
  const { code } = await running.ended;
  clearInterval(again);
  expect(code).toBe(130);
  expect(existsSync(join(out, "manifest.json"))).toBe(false);
});

test("nothing to resume", async () => {
  const { code, errors } = await latticework("train", dataset, "--out", join(folder, "none"), "--resume");
  expect(code).toBe(1);
  expect(errors).toMatch(/^error: .*no training to resume/);
});
