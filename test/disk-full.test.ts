/**
 * A disk that fills up while saving: the command says so, exits 1, and the checkpoint that was there goes on to the same
 * bytes. A limit on the size of files stands in for the full disk everywhere; where this user may mount one, a
 * real small file system is filled too.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { latticework, latticeworkOutput, main, start, startLatticework } from "./command.ts";
import { slowly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const settings = ["--epochs", "300", "--seed", "2", "--threads", "1", ...slowly];
let dataset = "";
let whole = "";
/** An interrupted training that every test starts from a copy of. */
let stopped = "";

beforeAll(async () => {
  dataset = writeSmallDataset(folder);
  whole = join(folder, "whole");
  stopped = join(folder, "stopped");
  await latticeworkOutput("train", dataset, "--out", whole, "--quiet", ...settings);
  const running = startLatticework("train", dataset, "--out", stopped, ...settings);
  await running.seen("epoch 0 ");
  running.process.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
});

/** After the failure: no finished run, no leftovers, and the training goes on to the same bytes when there is room. */
async function expectToGoOn(run: string): Promise<void> {
  expect(existsSync(join(run, "manifest.json"))).toBe(false);
  const resumed = await latticework("train", dataset, "--out", run, "--resume");
  expect(resumed.code, resumed.errors).toBe(0);
  expect(readFileSync(join(run, "weights.safetensors")).equals(readFileSync(join(whole, "weights.safetensors")))).toBe(
    true,
  );
  const names = readdirSync(run).filter((name) => name !== "checkpoint");
  expect(names.sort()).toEqual(
    readdirSync(whole)
      .filter((name) => name !== "checkpoint")
      .sort(),
  );
}

test("files that may not grow", async () => {
  const run = join(folder, "limited");
  cpSync(stopped, run, { recursive: true });
  const command = `trap '' XFSZ; ulimit -f 8; exec '${process.execPath}' '${main}' train '${dataset}' --out '${run}' --resume`;
  const { code, errors } = await start("bash", ["-c", command]).ended;
  expect(errors).toMatch(
    /^error: checkpoint after \d+ epochs was not saved: .*the checkpoint saved before is whole and can be resumed/m,
  );
  expect(code).toBe(1);
  await expectToGoOn(run);
});

const mount = join(folder, "mounted");
mkdirSync(mount);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [mount]);
});

if (!mounted) console.warn("NOT TESTED: a real full file system; this user may not mount one (root may)");
if (mounted)
  test("a file system without room", async () => {
    const run = join(mount, "run");
    cpSync(stopped, run, { recursive: true });
    const { bavail, bsize } = statfsSync(mount);
    writeFileSync(join(mount, "filler"), Buffer.alloc(bavail * bsize - 4096));
    const { code, errors } = await latticework("train", dataset, "--out", run, "--resume");
    expect(errors).toMatch(/^error: .*(no space|ENOSPC|full)/im);
    expect(code).toBe(1);
    writeFileSync(join(mount, "filler"), "");
    await expectToGoOn(run);
  });
