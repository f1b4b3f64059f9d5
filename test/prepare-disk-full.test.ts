/**
 * A disk that fills up during a preparation: the command says so, exits 1, and neither the dataset nor anything half-written is there. A
 * limit on the size of files stands in for the full disk everywhere; where this user may mount one, real small file systems are
 * filled too, one for the dataset and one for what does not fit in memory.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { latticework, main, start } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const csv = join(folder, "many.csv");
const full = /^error: (the disk is full|the disk refuses|cannot save .*the disk is full)/m;

beforeAll(() => {
  const lines = ["user,item,time"];
  for (let n = 0; n < 400_000; n++) {
    const scattered = Math.imul(n, 0x9e3779b1) >>> 0;
    lines.push(
      `user ${scattered % 30_011},item ${(scattered >>> 7) % 5003},${1_600_000_000 + ((scattered >>> 3) % 90_000_000)}`,
    );
  }
  writeFileSync(csv, `${lines.join("\n")}\n`);
});

test("files that may not grow", async () => {
  const place = join(folder, "limited");
  mkdirSync(place);
  const command = `trap '' XFSZ; ulimit -f 64; exec '${process.execPath}' '${main}' prepare '${csv}' --out '${join(place, "out")}'`;
  const { code, errors } = await start("bash", ["-c", command]).ended;
  expect(errors).toMatch(full);
  expect(code).toBe(1);
  expect(readdirSync(place)).toEqual([]);
});

const mount = join(folder, "mounted");
mkdirSync(mount);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status === 0;
afterAll(() => {
  if (mounted) spawnSync("umount", [mount]);
});

if (!mounted) console.warn("NOT TESTED: a real full file system; this user may not mount one (root may)");
if (mounted) {
  test("a file system without room for the dataset", async () => {
    const { code, errors } = await latticework("prepare", csv, "--out", join(mount, "out"), "--temp-folder", folder);
    expect(errors).toMatch(full);
    expect(code).toBe(1);
    expect(readdirSync(mount)).toEqual([]);
  });

  test("a file system without room for what does not fit in memory", async () => {
    const before = readdirSync(folder);
    const { code, errors } = await latticework(
      "prepare",
      csv,
      "--out",
      join(folder, "out"),
      "--temp-folder",
      mount,
      "--memory-limit",
      "64MB",
      "--threads",
      "2",
    );
    expect(errors).toMatch(/^error: (the disk is full|the database's memory does not suffice)/m);
    expect(code).toBe(1);
    expect(readdirSync(mount)).toEqual([]);
    expect(readdirSync(folder)).toEqual(before);
  });
}
