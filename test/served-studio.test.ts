/** The studio of a service in a real Chromium: signing in with a key, what a user may like with its pictures, and what becomes of the page when the key or the catalogue changes. */
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { latticeworkOutput, type Running, startLatticework } from "./command.ts";
import {
  accessibilityFaults,
  buildPage,
  chromiumProgram,
  makeShop,
  openBrowser,
  overhang,
  watchConsole,
} from "./studio-browser.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const store = join(folder, "shop.sqlite");
let service: Running;
let url = "";
let browser: Browser;
let user = "";
const patience = { timeout: 20_000 };
const faults = new Map<Page, readonly string[]>();
const pictures = process.env.STUDIO_PICTURES;

const makeKey = async (scope: string): Promise<string> =>
  (await latticeworkOutput("key", "create", "--scope", scope, "--store", store)).trim();

interface Look {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
}

async function open(address: string, { dark = false, width = 1280, height = 900 }: Look = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  faults.set(page, watchConsole(page, [401, 404]));
  page.setDefaultTimeout(20_000);
  await page.goto(url + address, { waitUntil: "networkidle" });
  return page;
}

async function close(page: Page): Promise<void> {
  expect(faults.get(page)).toEqual([]);
  await page.context().close();
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Access key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** For whoever wants to look at it: a folder named by STUDIO_PICTURES. */
async function photograph(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const shownPictures = (page: Page): Promise<number> =>
  page.evaluate("[...document.images].filter((image) => image.naturalWidth > 0).length");

describe.skipIf(chromiumProgram === undefined)("the studio of a service", () => {
  let read = "";
  let admin = "";
  beforeAll(async () => {
    buildPage();
    const runs = await makeShop(folder);
    service = startLatticework("serve", join(runs, "lattice"), "--store", store, "--port", "0");
    let errors = "";
    service.process.stderr?.on("data", (text) => {
      errors += String(text);
    });
    await service.seen(/\/studio\/ shows it/);
    url = /Serving at (http:\/\/[\d.:]+)/.exec(errors)?.[1] ?? "";
    browser = await openBrowser();
    const page = await open("/studio#/live/users");
    user = (await page.getByRole("list", { name: "Users" }).getByRole("link").first().locator("b").textContent()) ?? "";
    // Without a key only this machine is served, and it need not sign in.
    expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
    await close(page);
    [read, admin] = [await makeKey("read"), await makeKey("admin")];
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    service?.process.kill("SIGTERM");
    await service?.ended;
  });

  test("asks for a key, says what is wrong with one, and opens with one that may read", async () => {
    const page = await open("/studio/");
    await page.getByRole("heading", { level: 1, name: "Sign in to the studio" }).waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("key");
    const trouble = page.getByRole("alert");
    await page.keyboard.press("Enter");
    await trouble.filter({ hasText: "Paste a key first" }).waitFor();
    await signIn(page, "secret");
    await trouble.filter({ hasText: /does not look like a key/ }).waitFor();
    const other = read.endsWith("A") ? "B" : "A";
    await signIn(page, read.slice(0, -1) + other);
    await trouble.filter({ hasText: /not valid\. It may be mistyped, expired or revoked/ }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.activeElement.id")).toBe("key");
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await photograph(page, "wrong-key");
    await signIn(page, ` ${read}\n`);
    await page.getByRole("heading", { level: 1, name: "Catalogue" }).waitFor();
    await expect.poll(() => shownPictures(page), patience).toBeGreaterThan(10);
    await photograph(page, "catalogue");
    await page.reload({ waitUntil: "networkidle" });
    await page.getByRole("heading", { level: 1, name: "Catalogue" }).waitFor();
    // Neither in the address nor where other tabs or later days could find it.
    expect(page.url()).not.toContain(read);
    expect(await page.evaluate("document.cookie + JSON.stringify({ ...localStorage })")).not.toContain("lw_");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to the studio" }).waitFor();
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await close(page);
  });

  test("shows what a user may like, with pictures and reasons, as the service recommends", async () => {
    const page = await open("/studio/#/live/users");
    await signIn(page, read);
    await page.getByRole("heading", { name: "Whom do you look for?" }).waitFor();
    await page.getByLabel("Search").fill(user);
    await page.getByRole("link", { name: user }).click();
    await page.getByRole("heading", { level: 1, name: `User ${user}` }).waitFor();
    const list = page.getByRole("list", { name: "Recommendations" });
    await list.waitFor();
    const headers = { authorization: `Bearer ${read}` };
    const response = await fetch(`${url}/v1/users/${user}/recommendations?count=20`, { headers });
    const { items } = (await response.json()) as { readonly items: readonly { readonly title: string }[] };
    expect(new Set(items.map(({ title }) => title)).size).toBeGreaterThan(15);
    expect(await list.locator(".tile-title").allTextContents()).toEqual(items.map(({ title }) => title));
    await expect.poll(() => shownPictures(page), patience).toBeGreaterThan(10);
    expect(await page.evaluate("document.images[0].src")).toMatch(/^blob:/);
    await photograph(page, "user");
    await page.getByRole("button", { name: /^Why/ }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/Score .* from who took what/).waitFor();
    await expect.poll(() => dialog.locator("svg image").count(), patience).toBeGreaterThan(1);
    await page.keyboard.press("Escape");
    await close(page);
  });

  test("says so when the key ends while it is open, and opens again with another one where it was", async () => {
    const passing = await makeKey("read");
    const page = await open("/studio/#/live/training");
    await signIn(page, passing);
    await page.getByRole("region", { name: /^Runs side by side/ }).waitFor();
    await page.getByText(/A service does not look at its dataset's health/).waitFor();
    await latticeworkOutput("key", "revoke", passing, "--store", store);
    const ended = page.getByRole("status").filter({ hasText: /no longer valid: it has expired or was revoked/ });
    // Revoking counts within two seconds; whatever is asked for after that says so.
    const views = page.getByRole("navigation", { name: "Views" });
    await expect
      .poll(async () => {
        for (const name of ["Catalogue", "Users"]) {
          // The page may ask for a key between one line and the next, and then there is nothing to click.
          if ((await views.count()) > 0) {
            await views
              .getByRole("link", { name })
              .click({ timeout: 1000 })
              .catch(() => undefined);
          }
        }
        return ended.count();
      }, patience)
      .toBe(1);
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
    await photograph(page, "ended");
    await signIn(page, admin);
    await page
      .getByRole("list", { name: "Users" })
      .or(page.getByRole("list", { name: "Items" }))
      .waitFor();
    await close(page);
  });

  test("shows an item as soon as it was written, and not when it was deleted", async () => {
    const page = await open("/studio/#/live/catalogue?query=umbrella+of+today");
    await signIn(page, admin);
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    const call = (method: string, body?: object): Promise<Response> =>
      fetch(`${url}/v1/items/today`, {
        method,
        headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const written = await call("PUT", { title: "Umbrella of today", text: "a plain cotton shirt for every day" });
    expect(await written.json()).toMatchObject({ recommendable: true });
    const search = page.getByLabel("Search");
    await search.fill("umbrella of");
    await page.getByRole("link", { name: "Umbrella of today" }).click();
    await page.getByText(/came after the training/).waitFor();
    expect((await call("DELETE")).status).toBe(204);
    await page.getByRole("link", { name: "Catalogue", exact: true }).first().click();
    await search.fill("umbrella of today");
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await close(page);
  });

  test.each([
    { name: "light", dark: false, width: 1280 },
    { name: "dark", dark: true, width: 1280 },
    { name: "narrow", dark: false, width: 360, height: 740 },
    { name: "narrow dark", dark: true, width: 360, height: 740 },
  ])(
    "is accessible and fits, signed out and in: $name",
    async ({ name, ...look }) => {
      const page = await open("/studio/", look);
      await page.getByRole("heading", { name: "Sign in to the studio" }).waitFor();
      await photograph(page, `sign-in ${name}`);
      await page.getByText("Where do I get a key?").click();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overhang(page)).toBeLessThanOrEqual(0);
      await signIn(page, read);
      for (const [address, heading] of [
        ["#/live/catalogue", "Catalogue"],
        [`#/live/users/${user}`, `User ${user}`],
        ["#/live/map", "Map of the item graph"],
        ["#/live/training", "Training"],
        ["#/live/users", "Users"],
      ] as const) {
        await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
        await page.getByRole("heading", { level: 1, name: heading }).waitFor();
        await page.waitForLoadState("networkidle");
        await page.locator(".state .spinner").waitFor({ state: "detached" });
        expect(await accessibilityFaults(page), address).toEqual([]);
        expect(await overhang(page), address).toBeLessThanOrEqual(0);
        await photograph(page, `${heading} ${name}`);
      }
      await close(page);
    },
    120_000,
  );

  test("is nowhere beside a service that was started without it", async () => {
    const without = startLatticework("serve", "--store", store, "--port", "0", "--no-studio");
    let errors = "";
    without.process.stderr?.on("data", (text) => {
      errors += String(text);
    });
    await without.seen("says what there is.");
    expect(errors).not.toContain("/studio");
    const [, at = ""] = /Serving at (http:\/\/[\d.:]+)/.exec(errors) ?? [];
    const headers = { authorization: `Bearer ${admin}` };
    for (const path of ["/studio", "/studio/", "/studio/api/studio"])
      expect((await fetch(at + path, { headers })).status).toBe(404);
    without.process.kill("SIGTERM");
    expect((await without.ended).code).toBe(0);
  });
});
