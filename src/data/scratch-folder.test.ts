/** Folders of work: those of killed processes are removed by the next one, those of living ones and of other kinds stay, and who ends leaves none. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const parent = temporaryFolder();

/** A folder made by a process that then ends as it is told. */
function madeBy(kind: string, end: string): string {
  const file = new URL("./scratch-folder.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(file)}).then(({ makeScratchFolder }) => {
    process.stdout.write(makeScratchFolder(${JSON.stringify(kind)}, ${JSON.stringify(parent)}), () => ${end});
  })`;
  return spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout;
}

test("a folder of a killed process goes when the next one is made", () => {
  const kill = 'process.kill(process.pid, "SIGKILL")';
  const [left, other] = [madeBy("pictures", kill), madeBy("others", kill)];
  expect([path.dirname(left), fs.existsSync(left)]).toEqual([parent, true]);
  const own = makeScratchFolder("pictures", parent);
  const second = makeScratchFolder("pictures", parent);
  expect(fs.readdirSync(parent).toSorted()).toEqual([own, second, other].map((one) => path.basename(one)).toSorted());
});

test("a process that ends in the middle of its work leaves none", () => {
  const left = madeBy("pictures", "process.exit(1)");
  expect([path.dirname(left), fs.existsSync(left)]).toEqual([parent, false]);
});
