/** Folders of work: those of killed processes are removed by the next one, those of living ones and of other kinds stay, and who ends leaves none. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const parent = temporaryFolder();

/** What a process does that makes a folder, says which, and then ends as it is told. */
function scriptOf(kind: string, end: string): string {
  const file = new URL("./scratch-folder.ts", import.meta.url).href;
  return `import(${JSON.stringify(file)}).then(({ makeScratchFolder }) => {
    process.stdout.write(makeScratchFolder(${JSON.stringify(kind)}, ${JSON.stringify(parent)}), () => ${end});
  })`;
}
const madeBy = (kind: string, end: string): string =>
  spawnSync(process.execPath, ["-e", scriptOf(kind, end)], { encoding: "utf8" }).stdout;
const kill = 'process.kill(process.pid, "SIGKILL")';

test("a folder of a killed process goes when the next one is made", () => {
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

test.skipIf(!fs.existsSync("/proc/self/stat"))(
  "a killed process that nobody has waited for counts as gone",
  async () => {
    // The shell becomes a program that knows of no child, as a container's first process often does.
    const shell = spawn("sh", ["-c", '"$0" -e "$1" & exec sleep 60', process.execPath, scriptOf("zombies", kill)]);
    try {
      const [chunk] = await once(shell.stdout, "data");
      const left = String(chunk);
      const pid = /-(\d+)-\w+$/.exec(left)?.[1];
      await expect.poll(() => fs.readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) Z /);
      expect(fs.existsSync(left)).toBe(true);
      makeScratchFolder("zombies", parent);
      expect(fs.existsSync(left)).toBe(false);
    } finally {
      shell.kill("SIGKILL");
    }
  },
);
