/** The guide to the paper's datasets, its commands one after the other as they stand there, on small files and a server of our own. */
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDataset, readItemColumn } from "../src/index.ts";
import { madeAsin, madePicture, writeAmazonFiles } from "../src/preparation/amazon/amazon-files.fixture.ts";
import { main, repository, start } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const published = join(folder, "published");
let server: http.Server | undefined;
let address = "";

beforeAll(async () => {
  mkdirSync(published);
  const items = Array.from({ length: 60 }, (_, n) => ({
    asin: madeAsin(n),
    title: `Thing no. ${n}`,
    brand: `Brand ${n % 4}`,
    categories: [["Baby", `Kind ${n % 6}`]],
  }));
  const reviews = Array.from({ length: 60 * 8 }, (_, n) => {
    const user = Math.floor(n / 8);
    return { reviewerID: `A${user}`, asin: madeAsin((user * 13 + (n % 8) * 7) % 60), overall: 4, unixReviewTime: n };
  });
  writeAmazonFiles(published, "Baby", {
    reviews,
    items,
    pictures: items.slice(5).map(({ asin }, n) => madePicture(asin, n)),
  });
  const files = http.createServer((request, response) => {
    const file = join(published, basename(request.url ?? ""));
    if (!existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response.writeHead(200, { "content-length": statSync(file).size, etag: '"1"' }));
  });
  server = files;
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(files.address() as AddressInfo).port}/amazon`;
});
afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Every command of the guide, in its order; the network is not there for a model of a hub. */
const commands = [
  ...readFileSync(join(repository, "docs", "guide-paper-datasets.md"), "utf8").matchAll(/^latticework (.+)$/gm),
]
  .map(([, words = ""]) => words.split(" "))
  .filter((words) => !words.includes("--model") || words[0] === "train");

async function follow(words: readonly string[]): Promise<void> {
  const more: Readonly<Record<string, readonly string[]>> = { fetch: ["--address", address], train: ["--epochs", "2"] };
  const all = [main, ...words, ...(more[words[0] ?? ""] ?? [])];
  const { code, errors } = await start(process.execPath, all, { cwd: folder }).ended;
  expect(code, `latticework ${words.join(" ")}\n${errors}`).toBe(0);
}

test("the commands of the guide work, one after the other", async () => {
  expect(commands.slice(0, 4).map(([command]) => command)).toEqual(["fetch", "prepare", "encode", "train"]);
  for (const words of commands) await follow(words);

  const dataset = await readDataset(join(folder, "data", "baby"));
  expect(dataset.modalities.map(({ name, missing }) => [name, missing?.length ?? 0])).toEqual([
    ["image", 5],
    ["text", 0],
  ]);
  expect(existsSync(join(folder, "runs", "baby", "report.html"))).toBe(true);

  const released = join(folder, "data", "baby-released");
  expect((await readDataset(released)).modalities[0]?.missing).toBeUndefined();
  for await (const texts of readItemColumn(released, "text")()) {
    for (const text of texts) expect(text).toMatch(/^ Baby Kind \d Thing no\. (\d+)Thing no\. \1$/);
  }
});
