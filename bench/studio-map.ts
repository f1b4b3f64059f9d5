/**
 * What panning the studio's map costs the browser: main-thread tasks a frame, from Chromium's own trace, while the mouse drags a map of 20,000 items about:
 * milliseconds of the processor, and by the clock, which counts waiting for WebGL too (in software where there is no GPU). The run is a real one: a made-up dataset, one epoch of LATTICE, its item graph laid out by the studio.
 *
 *     npm run bench:studio-map -- --items 20000
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { syntheticDataset } from "../src/data/index.ts";
import { trainRun } from "../src/runs/train-run.ts";
import { serveStudio } from "../src/studio/server/serve.ts";
import { openStudio } from "../src/studio/server/run-studio.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { markdownTable, median } from "./measuring/figures.ts";
import { type FrameWork, frameWork } from "./studio-map/frame-work.ts";

const usage = `Usage: npm run bench:studio-map -- [options]
  --items n        items on the map (default 20000)
  --seconds n      of panning, each time (default 6)
  --repeats n      times to pan (default 3)
  --chromium FILE  the browser (default /usr/bin/chromium)`;

const argumentsSchema = z.object({
  items: z.coerce.number().int().min(100).default(20_000),
  seconds: z.coerce.number().min(1).default(6),
  repeats: z.coerce.number().int().min(1).default(3),
  chromium: z.string().default("/usr/bin/chromium"),
});
type Arguments = z.infer<typeof argumentsSchema>;

const stepMilliseconds = 8;
const layoutMilliseconds = 1_800_000;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { items: text, seconds: text, repeats: text, chromium: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

async function trainOnce(out: string, items: number): Promise<void> {
  const dataset = syntheticDataset({
    users: Math.max(200, Math.round(items / 4)),
    items,
    interactions: items * 5,
    modalities: [
      { name: "image", columns: 64 },
      { name: "text", columns: 32 },
    ],
    seed: 1,
  });
  await trainRun({
    dataset,
    out,
    model: "lattice",
    options: { epochs: 1, validateEvery: 0, batchSize: 4096 },
    seed: 1,
  });
}

/** Drags about in a slow figure of eight. */
async function pan(page: Page, seconds: number): Promise<void> {
  const box = await page.getByRole("application").boundingBox();
  if (box === null) throw new Error("the map has no place on the page");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const begun = performance.now();
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let t = 0; t < seconds; t = (performance.now() - begun) / 1000) {
    await page.mouse.move(x + 0.3 * box.width * Math.sin(2 * t), y + 0.3 * box.height * Math.sin(3 * t));
    await page.waitForTimeout(stepMilliseconds);
  }
  await page.mouse.up();
}

async function measure(browser: Browser, address: string, { seconds, repeats }: Arguments): Promise<string> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const begun = performance.now();
  await page.goto(`${address}#/run/map`);
  await page.getByRole("application").waitFor({ timeout: layoutMilliseconds });
  console.error(`laid out and drawn after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  const rows: string[][] = [];
  for (const where of ["whole map", "close"]) {
    if (where === "close") for (let n = 0; n < 4; n++) await page.getByRole("button", { name: "Zoom in" }).click();
    await page.waitForTimeout(1000);
    const found: FrameWork[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      await browser.startTracing(page, {
        categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"],
      });
      await pan(page, seconds);
      found.push(frameWork(await browser.stopTracing()));
    }
    const middle = (figure: (frames: FrameWork) => number): number => median(found.map(figure));
    const high = (values: readonly number[]): number =>
      values.toSorted((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? Number.NaN;
    rows.push([
      where,
      String(Math.round(middle(({ processor }) => processor.length))),
      middle(({ processor }) => median(processor)).toFixed(2),
      middle(({ processor }) => high(processor)).toFixed(2),
      middle(({ clock }) => median(clock)).toFixed(2),
      middle(({ clock }) => high(clock)).toFixed(2),
    ]);
  }
  const head = ["panning", "frames", "processor ms a frame", "p95", "clock ms a frame", "p95"];
  return markdownTable(head, rows);
}

async function main(): Promise<void> {
  const chosen = readArguments();
  if (chosen === undefined) {
    console.log(usage);
    return;
  }
  if (!existsSync(chosen.chromium)) throw new Error(`no browser at ${chosen.chromium}; install chromium or name one`);
  const folder = mkdtempSync(join(tmpdir(), "latticework-map-"));
  try {
    await trainOnce(join(folder, "run"), chosen.items);
    const served = await serveStudio(openStudio({ runs: [join(folder, "run")] }), 0, console.error);
    const browser = await chromium.launch({
      executablePath: chosen.chromium,
      args: [
        "--no-sandbox",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--ignore-gpu-blocklist",
      ],
    });
    try {
      const table = await measure(browser, served.address, chosen);
      console.log(
        `${chosen.items} items, main-thread tasks of the page, ${browser.version()}, WebGL in software\n\n${table}`,
      );
    } finally {
      await browser.close();
      await served.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
