/** `latticework encode` as a user runs it: guessing columns, Ctrl-C and going on, a full disk, wrong usage. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { latticework, main, start, startLatticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const pictures = 600;
let dataset = "";
let number = 0;

/** An .inter dataset of many items with pictures and titles; the 7th has neither. */
beforeAll(async () => {
  const side = 64;
  for (let picture = 0; picture < 3; picture++) {
    const pixels = Buffer.alloc(3 * side * side, picture * 90).map((value, at) => (value + at * (picture + 3)) % 256);
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).toFile(join(folder, `${picture}.png`));
  }
});

beforeEach(() => {
  dataset = join(folder, `shop-${number++}`);
});

function writeShop(items: number): void {
  const table = Array.from({ length: items }, (_, item) =>
    item === 6
      ? `${item}\t\t\t`
      : `${item}\t${["red", "blue"][item % 2]} ${["shirt", "scarf"][item % 3] ?? "bag"}\tgood thing\t${item % 3}.png`,
  );
  const inter = Array.from({ length: items }, (_, item) => `${item % 5}\t${item}\t0`);
  for (const [name, lines] of [
    ["shop.inter", ["userID\titemID\tx_label", ...inter]],
    ["item_text.tsv", ["itemID\ttitle\tdescription\timage", ...table]],
  ] as const) {
    writeFileSync(join(dataset, name), `${lines.join("\n")}\n`);
  }
}

function makeShop(items: number): void {
  mkdirSync(dataset);
  writeShop(items);
}

test("guesses pictures and texts, says so, and tells what is missing", async () => {
  makeShop(30);
  const { code, output, errors } = await latticework("encode", dataset, "--root", folder, "--threads", "1");
  expect(code, errors).toBe(0);
  expect(errors).toContain("Guessed: pictures from column image (choose with --image)");
  expect(errors).toContain("Guessed: texts from columns title, description (choose with --text)");
  expect(output).toMatch(
    /^image: 29 of 30 items, \d+ values each.*image_feat.npy, image_missing.npy, image_missing.csv/m,
  );
  expect(output).toMatch(/^text: 29 of 30 items.*\n {2}1 marked missing:\n +1 {2}the column is empty \(6\)/m);
  const inspected = await latticework("inspect", dataset);
  expect(inspected.code, inspected.errors).toBe(0);
  expect(inspected.output).toContain("Modality text");
  const again = await latticework("encode", dataset, "--text", "title");
  expect(again.errors).toMatch(/^error: .*has a modality "text" already; replace it with force \(--force\)/m);
  expect(again.code).toBe(1);
});

test("Ctrl-C while pictures are encoded: exit 130, and the same command goes on to the same bytes", async () => {
  makeShop(pictures);
  const words = ["encode", dataset, "--image", "image", "--root", folder, "--threads", "1"];
  const running = startLatticework(...words);
  const partial = join(dataset, ".image.partial");
  while (running.process.exitCode === null && !(existsSync(partial) && statSync(partial).size > 200_000)) {
    await setTimeout(5);
  }
  running.process.kill("SIGINT");
  const stopped = await running.ended;
  expect(stopped.errors).toMatch(/Stopped; [\d,]+ items are kept\. The same command goes on from there\./);
  expect(stopped.code).toBe(130);
  expect(existsSync(join(dataset, "image_feat.npy"))).toBe(false);
  const resumed = await latticework(...words);
  expect(resumed.code, resumed.errors).toBe(0);
  expect(resumed.output).toMatch(/^image: 599 of 600 items, [\d,]+ of them earlier/m);
  const bytes = readFileSync(join(dataset, "image_feat.npy"));
  expect((await latticework(...words, "--force")).code).toBe(0);
  expect(readFileSync(join(dataset, "image_feat.npy")).equals(bytes)).toBe(true);
  expect(readdirSync(dataset).filter((name) => name.startsWith("."))).toEqual([]);
});

test("files that may not grow: said, nothing half-written, and it goes on when there is room", async () => {
  makeShop(400);
  const words = `encode '${dataset}' --image image --root '${folder}' --threads 1`;
  const command = `trap '' XFSZ; ulimit -f 300; exec '${process.execPath}' '${main}' ${words}`;
  const { code, errors } = await start("bash", ["-c", command]).ended;
  expect(errors).toMatch(/^error: cannot save the rows encoded so far .*run it again to go on/m);
  expect(code).toBe(1);
  expect(existsSync(join(dataset, "image_feat.npy"))).toBe(false);
  const resumed = await latticework("encode", dataset, "--image", "image", "--root", folder);
  expect(resumed.output).toMatch(/of them earlier/);
  expect(resumed.code, resumed.errors).toBe(0);
});

test.each([
  [["--text", "titel"], 1, /has no column "titel"; found title, description, image. Did you mean "title"\?/],
  [["--name", "x"], 2, /--name is for one modality at a time, and there would be --image image and --text title/],
  [["--audio", "image"], 2, /sounds need a --model/],
  [["--text", ","], 2, /expected at least one column/],
  [["--image", "image", "--root", "/nowhere"], 1, /picture folder \/nowhere: there is no such folder/],
] as const)("%j is refused", async (words, code, message) => {
  makeShop(10);
  const result = await latticework("encode", dataset, ...words);
  expect(result.errors).toMatch(message);
  expect(result.code).toBe(code);
});
