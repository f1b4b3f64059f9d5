/**
 * The studio in a real browser: the installed Chromium over the command as a user starts it, on a small shop of its own. Where there is no Chromium the
 * tests skip, and say so.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { latticeworkOutput, type Running, repository, startLatticework } from "./command.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** The installed Chromium; undefined where there is none. */
export const chromiumProgram = places.find((place) => existsSync(place));
if (chromiumProgram === undefined) {
  console.warn(`The studio's tests are SKIPPED: no Chromium at ${places.join(", ")}. Install the package chromium.`);
}

const tiny = ["--items", "90", "--users", "120", "--epochs", "6", "--threads", "1"];

export interface Started {
  readonly address: string;
  readonly browser: Browser;
  stop(): Promise<void>;
}

/** The page as the sources have it now. */
export function buildPage(): void {
  const words = ["build", "--config", "src/studio/page/vite.config.ts", "--logLevel", "warn"];
  const built = spawnSync(join(repository, "node_modules", ".bin", "vite"), words, {
    cwd: repository,
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`vite build ended with ${built.status}:\n${built.stderr}`);
}

/** A small shop of the demonstration below `folder`. @returns the folder with its runs */
export async function makeShop(folder: string): Promise<string> {
  const demo = join(folder, "demo");
  await latticeworkOutput("demo", "--out", demo, ...tiny);
  return join(demo, "runs");
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumProgram,
    args: [
      "--no-sandbox",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
    ],
  });

/** Makes a shop with runs below `folder`, serves it and opens a browser. */
export async function startStudio(folder: string): Promise<Started> {
  buildPage();
  const served: Running = startLatticework("studio", await makeShop(folder), "--port", "0");
  let written = "";
  served.process.stdout?.on("data", (text: string) => {
    written += text;
  });
  await served.seen("Ctrl-C");
  const browser = await openBrowser();
  return {
    address: /http:\S+/.exec(written)?.[0] ?? "",
    browser,
    stop: async () => {
      await browser.close();
      served.process.kill("SIGINT");
      const ended = await served.ended;
      expect(ended.code, ended.errors).toBe(0);
    },
  };
}

/** Faults that the page's own console told. @param expected statuses of answers that belong to the test */
export function watchConsole(page: Page, expected: readonly number[] = [404]): readonly string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    const belongs = expected.some((status) => message.text().includes(String(status)));
    if (message.type() === "error" && !belongs) faults.push(message.text());
  });
  return faults;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious findings of an accessibility check, as lines to read. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  }>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    );
}

/** Pixels that the page is wider than its window. */
export const overhang = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
