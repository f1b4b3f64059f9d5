/** Folders of work: those of killed processes are removed by the next one, those of living ones and of other kinds stay. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

const parent = temporaryFolder();

test("a folder of a killed process goes when the next one is made", () => {
  const file = new URL("./scratch-folder.ts", import.meta.url).href;
  const leave = (kind: string): string => {
    const script = `import(${JSON.stringify(file)}).then(({ makeScratchFolder }) => {
      process.stdout.write(makeScratchFolder(${JSON.stringify(kind)}, ${JSON.stringify(parent)}), () => process.kill(process.pid, "SIGKILL"));
    })`;
    return spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout;
  };
  const [left, other] = [leave("pictures"), leave("others")];
  expect([path.dirname(left), fs.existsSync(left)]).toEqual([parent, true]);
  const own = makeScratchFolder("pictures", parent);
  const second = makeScratchFolder("pictures", parent);
  expect(fs.readdirSync(parent).toSorted()).toEqual([own, second, other].map((one) => path.basename(one)).toSorted());
});
