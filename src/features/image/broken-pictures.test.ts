/** Pictures that cannot be used: each is marked with its reason, nothing outside the folder is opened, and memory stays bounded. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import type { EncodedItem, ItemEncoder } from "../encoder.ts";
import { createImageEncoder } from "./open-image-encoder.ts";

const base = temporaryFolder();
const folder = mkdtempSync(join(base, "catalogue-"));
let encoder: ItemEncoder;

/** A black-and-white PNG of nothing but black, a few kilobytes whatever its size. */
function blackPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4);
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", new Uint8Array(0))]);
}

function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

async function reasonOf(value: string): Promise<string> {
  const [item] = await encoder.encode([value]);
  if (item === undefined || item instanceof Float32Array) throw new Error(`${value} was encoded`);
  return item.missing;
}

beforeAll(async () => {
  const picture = sharp({
    create: {
      width: 200,
      height: 160,
      channels: 3,
      background: "#884422",
      noise: { type: "gaussian", mean: 128, sigma: 40 },
    },
  });
  const jpeg = await picture.clone().jpeg().toBuffer();
  const png = await picture.clone().png().toBuffer();
  put("good.jpg", jpeg);
  put("cut.jpg", jpeg.subarray(0, jpeg.length / 2));
  put("cut.png", png.subarray(0, png.length / 2));
  put("none.png", "");
  put("words.jpg", "These are words, not a picture.");
  put("huge.png", blackPng(30_000, 30_000));
  put("huge.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>');
  put(
    "entities.svg",
    `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${"bcdefgh".replaceAll(/./g, (name) => `<!ENTITY ${name} "${`&${String.fromCharCode(name.charCodeAt(0) - 1)};`.repeat(10)}">`)}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&h;</text></svg>`,
  );
  mkdirSync(join(folder, "inner.jpg"));
  writeFileSync(join(base, "secret.jpg"), jpeg);
  symlinkSync(join(base, "secret.jpg"), join(folder, "link.jpg"));
  symlinkSync(base, join(folder, "up"));
  symlinkSync(join(folder, "circle.jpg"), join(folder, "circle.jpg"));
  symlinkSync(join(folder, "good.jpg"), join(folder, "inside.jpg"));
  encoder = await createImageEncoder({ imageRoot: folder });
  return () => encoder.close();
});

test.each([
  ["cut.jpg", /^"cut.jpg" is broken or cut off$/],
  ["cut.png", /^"cut.png" is broken or cut off$/],
  ["none.png", /^"none.png" is empty \(0 bytes\)$/],
  ["words.jpg", /^"words.jpg" is not a picture that can be read$/],
  ["nowhere.jpg", /^there is no file "nowhere.jpg" in the picture folder$/],
  ["good.jpg/deeper.jpg", /^there is no file "good.jpg\/deeper.jpg" in the picture folder$/],
  ["inner.jpg", /^"inner.jpg" is a folder, not a picture$/],
  ["circle.jpg", /^"circle.jpg" is a symbolic link that leads in a circle$/],
  ["", /^no picture is named$/],
  ["a\0b.jpg", /holds a zero byte and can be no path$/],
  [
    "https://example.org/a.jpg",
    /^"https:\/\/example.org\/a.jpg" is an address; pictures are not fetched: download them/,
  ],
  ["file:///etc/hostname", /is an address; pictures are not fetched/],
  ["data:image/png;base64,AAAA", /^a data: address holds no file/],
  ["huge.png", /^"huge.png" has 30000 × 30000 pixels \(900 million\); at most 120 million are decoded$/],
  ["huge.svg", /^"huge.svg" has 30000 × 30000 pixels/],
  ["entities.svg", /^"entities.svg" is not a picture that can be read/],
  [`${"x".repeat(5000)}.jpg`, /^"x{120}…" cannot be opened \(ENAMETOOLONG\)$/],
])("%s is marked", async (value, reason) => {
  expect(await reasonOf(value)).toMatch(reason);
});

describe("nothing outside the folder is opened", () => {
  test.each([
    "../secret.jpg",
    "inner.jpg/../../secret.jpg",
    join(base, "secret.jpg"),
    "/etc/hostname",
    "link.jpg",
    "up/secret.jpg",
    `up/${folder.slice(base.length + 1)}/../secret.jpg`,
  ])("%s", async (value) => {
    expect(await reasonOf(value)).toMatch(/leads outside the picture folder and is not opened$/);
  });

  test("whether something is there is not told either", async () => {
    expect(await reasonOf("../there-is-no-such-file.jpg")).toMatch(/leads outside/);
  });

  test("links, dots and absolute paths that stay inside are followed", async () => {
    const rows = await encoder.encode([
      "inside.jpg",
      "./inner.jpg/../good.jpg",
      join(folder, "good.jpg"),
      "up/../good.jpg",
    ]);
    for (const row of rows) expect(row).toBeInstanceOf(Float32Array);
  });

  test("a drawing cannot pull in other files", async () => {
    const frame = (inner: string): string =>
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="50" height="50">${inner}</svg>`;
    const images = ["good.jpg", "../secret.jpg", pathToFileURL(join(base, "secret.jpg")).href].map(
      (target) =>
        `<image width="50" height="50" href="${target}"/><image width="50" height="50" xlink:href="${target}"/>`,
    );
    put("pulls.svg", frame(images.join("")));
    put("blank.svg", frame(""));
    const [pulls, blank] = await encoder.encode(["pulls.svg", "blank.svg"]);
    expect(pulls).toEqual(blank);
  });
});

test("broken pictures among good ones leave the good ones alone", async () => {
  const items = await encoder.encode(["good.jpg", "cut.jpg", "good.jpg", "huge.png", "good.jpg"]);
  const kinds = items.map((item: EncodedItem) => ("missing" in item ? "missing" : "row"));
  expect(kinds).toEqual(["row", "missing", "row", "missing", "row"]);
  expect(items[2]).toEqual(items[0]);
});

test("a folder that is a link is a folder like any other", async () => {
  symlinkSync(folder, join(base, "alias"));
  const aliased = await createImageEncoder({ imageRoot: join(base, "alias") });
  const items = await aliased.encode([
    "good.jpg",
    "../secret.jpg",
    join(base, "alias", "good.jpg"),
    join(folder, "good.jpg"),
  ]);
  await aliased.close();
  expect(items.map((item) => item instanceof Float32Array)).toEqual([true, false, true, true]);
});

describe("memory", () => {
  /** Highest resident memory of a process of its own that encodes these files, in MiB. */
  const peak = async (files: readonly string[], mostPixels = 120_000_000): Promise<number> => {
    const module = pathToFileURL(join(import.meta.dirname, "open-image-encoder.ts")).href;
    const script = `
      const { createImageEncoder } = await import(${JSON.stringify(module)});
      const encoder = await createImageEncoder({ imageRoot: ${JSON.stringify(folder)}, parallel: 4, mostPixels: ${mostPixels} });
      await encoder.encode(${JSON.stringify(files)});
      console.log(process.resourceUsage().maxRSS / 1024);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    return Number(stdout);
  };

  test("a picture of 900 million pixels costs nothing, four of 100 million are decoded row by row", async () => {
    for (const at of [1, 2, 3, 4]) put(`large-${at}.png`, blackPng(10_000, 10_000));
    expect(readFileSync(join(folder, "huge.png")).length).toBeLessThan(200_000);
    const one = await peak(["good.jpg"]);
    expect(await peak(["huge.png"])).toBeLessThan(one + 30);
    expect(await peak(["large-1.png", "large-2.png", "large-3.png", "large-4.png"])).toBeLessThan(one + 250);
  });

  test("pictures that unpack as a whole do so one after the other", async () => {
    const large = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: "#888" } })
      .jpeg({ progressive: true })
      .toBuffer();
    const files = [1, 2, 3, 4].map((at) => `packed-${at}.jpg`);
    for (const file of files) put(file, large);
    const one = await peak(files.slice(0, 1), 30_000_000);
    expect(await peak(files, 30_000_000)).toBeLessThan(one + 60);
  });
});
