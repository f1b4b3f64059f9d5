/** The studio as people use it, in a real Chromium over the real command: catalogue, search, an item's neighbours, by mouse, keyboard and on a phone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  comparisonSchema,
  healthSchema,
  itemPageSchema,
  mapAnswerSchema,
  personSchema,
  studioSchema,
  usersSchema,
  wallSchema,
} from "../src/studio/api.ts";
import { latticework } from "./command.ts";
import {
  accessibilityFaults,
  chromiumProgram,
  overhang,
  type Started,
  startStudio,
  watchConsole,
} from "./studio-browser.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let studio: Started;
const faults = new Map<Page, readonly string[]>();

interface Look {
  readonly dark?: boolean;
  readonly width?: number;
}

async function open(address: string, { dark = false, width = 1280 }: Look = {}): Promise<Page> {
  const colorScheme = dark ? "dark" : "light";
  const context = await studio.browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  faults.set(page, watchConsole(page));
  page.setDefaultTimeout(20_000);
  await page.goto(studio.address + address, { waitUntil: "networkidle" });
  return page;
}

/** Leaves a page, which must have told no fault. */
async function close(page: Page): Promise<void> {
  expect(faults.get(page)).toEqual([]);
  await page.context().close();
}

const answer = async (path: string): Promise<unknown> => (await fetch(`${studio.address}api/${path}`)).json();

describe.skipIf(chromiumProgram === undefined)("the studio", () => {
  beforeAll(async () => {
    studio = await startStudio(folder);
  }, 300_000);
  afterAll(async () => {
    await studio?.stop();
  });

  describe("server", () => {
    test("names its runs and shows what the demo's catalogue has", async () => {
      const { runs, notices } = studioSchema.parse(await answer("studio"));
      expect(runs.map(({ name }) => name)).toEqual(["lattice", "lattice-pictures", "lattice-texts", "lightgcn", "mf"]);
      expect(notices).toEqual([]);
      const { total, items } = wallSchema.parse(await answer("runs/lattice/items?limit=5"));
      expect(total).toBe(runs[0]?.items);
      expect(items.map(({ popularity }) => popularity)).toEqual(
        items.map(({ popularity }) => popularity).sort((a, b) => b - a),
      );
      expect(items.every(({ categories }) => categories.length > 0)).toBe(true);
    });

    test("shows neighbours as the model stored them: final edges are the sums of their links", async () => {
      const [first] = wallSchema.parse(await answer("runs/lattice/items?limit=1")).items;
      const page = itemPageSchema.parse(await answer(`runs/lattice/items/${first?.id}`));
      expect(page.columns.map(({ kind, modality }) => `${kind} ${modality ?? ""}`.trim())).toEqual([
        "initial image",
        "initial text",
        "learned image",
        "learned text",
        "final",
        "embedding",
      ]);
      expect(page.weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 5);
      const final = page.columns.find(({ kind }) => kind === "final")?.neighbours ?? [];
      expect(final.length).toBeGreaterThan(5);
      for (const { id, strength, links } of final) {
        expect(links.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(strength, 6);
        for (const { modality, graph, cosine } of links) {
          const column = page.columns.find((other) => other.kind === graph && other.modality === modality);
          const same = column?.neighbours.find((near) => near.id === id);
          if (same !== undefined) expect(same.strength).toBeCloseTo(cosine, 6);
        }
      }
    });

    test.each([
      ["an unknown run", "api/runs/nothing/items", 404, /run "nothing" is not open.*lattice/],
      ["an unknown item", "api/runs/lattice/items/nothing", 404, /item "nothing" is not in this run/],
      ["a size that is none", "api/runs/lattice/pictures/7/nothing", 404, /96, 240, 640/],
      ["a path for a picture", "api/runs/lattice/pictures/96/..%2F..%2Fproducts.csv", 404, /is not in this run/],
      ["an unknown user", "api/runs/lattice/people?user=nobody", 404, /user "nobody" is not in this run/],
      ["nobody at all", "api/runs/lattice/people", 400, /items/],
      ["too much at once", "api/runs/lattice/items?limit=100000", 400, /limit/],
      ["an unknown address", "api/else", 404, /has no GET/],
    ])("refuses %s with a problem document", async (_, path, status, detail) => {
      const response = await fetch(studio.address + path);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
      expect(await response.json()).toMatchObject({ status, detail: expect.stringMatching(detail) });
    });

    test("lets a page load nothing from elsewhere", async () => {
      const response = await fetch(studio.address);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(await response.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    });
  });

  describe("catalogue", () => {
    test("is searched, filtered and read on by what is typed and chosen", async () => {
      const page = await open("");
      await page.getByRole("heading", { level: 1, name: "Catalogue" }).waitFor();
      const tiles = page.getByRole("list", { name: "Items" }).getByRole("listitem");
      expect(await tiles.count()).toBe(60);
      await page.getByRole("button", { name: /Show more/ }).click();
      await expect.poll(() => tiles.count()).toBeGreaterThan(60);

      const { total, items } = wallSchema.parse(await answer("runs/lattice/items?category=Kitchen&limit=120"));
      await page.getByLabel("Category").selectOption("Kitchen");
      await page
        .getByRole("status")
        .filter({ hasText: `${total} items` })
        .waitFor();
      expect(await tiles.count()).toBe(total);
      const { id = "" } = items[0] ?? {};
      await page.getByLabel("Search").fill(id.toLowerCase());
      await page
        .getByRole("status")
        .filter({ hasText: /^1 item$/ })
        .waitFor();
      expect(page.url()).toContain(`query=${id.toLowerCase()}`);
      await page.getByLabel("Search").fill("no such thing");
      await page.getByRole("heading", { name: "Nothing found" }).waitFor();
      await page.getByRole("button", { name: "Show everything" }).click();
      await expect.poll(() => tiles.count()).toBeGreaterThanOrEqual(60);
      await close(page);
    });

    test("shows pictures", async () => {
      const page = await open("");
      await expect
        .poll(() => page.evaluate("[...document.images].filter((image) => image.naturalWidth > 0).length"))
        .toBeGreaterThan(10);
      await close(page);
    });
  });

  describe("an item", () => {
    test("is reached by keyboard, with its neighbours side by side, and leads on to them", async () => {
      const page = await open("");
      await page.getByLabel("Order").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const heading = page.getByRole("heading", { level: 1 });
      await page.getByRole("heading", { name: "Neighbours, side by side" }).waitFor();
      const title = await heading.textContent();
      expect(await page.title()).toContain(title ?? "?");
      expect(await page.evaluate("document.activeElement.tagName")).toBe("MAIN");
      for (const name of ["Initial graph: image", "Learned graph: text", "Final item graph"]) {
        expect(await page.getByRole("region", { name }).getByRole("listitem").count()).toBeGreaterThan(4);
      }
      await page.getByRole("region", { name: "Final item graph" }).getByRole("link").first().click();
      await expect.poll(() => heading.textContent()).not.toBe(title);
      await page.goBack();
      await expect.poll(() => heading.textContent()).toBe(title);
      await close(page);
    });

    test("of a model without an item graph says so by having no columns of one", async () => {
      const [first] = wallSchema.parse(await answer("runs/mf/items?limit=1")).items;
      const page = await open(`#/mf/items/${first?.id}`);
      await page.getByRole("region", { name: "Nearest for recommending" }).waitFor();
      expect(await page.getByRole("region", { name: /graph/ }).count()).toBe(0);
      await close(page);
    });

    test("that is not there fails in words", async () => {
      const page = await open("#/lattice/items/nothing");
      await page
        .getByRole("alert")
        .filter({ hasText: /"nothing" is not in this run/ })
        .waitFor();
      await close(page);
    });
  });

  /** The user with the longest history of those listed. */
  const busiest = async (): Promise<string> => {
    const { users } = usersSchema.parse(await answer("runs/lattice/users?limit=100"));
    return users.toSorted((a, b) => b.taken - a.taken)[0]?.id ?? "";
  };
  const order = (page: Page): Promise<string[]> =>
    page.getByRole("list", { name: "Recommendations" }).locator(".tile-title").allTextContents();

  describe("a user", () => {
    test("is found, recommended to as the model ranks, and ranked anew by sliders", async () => {
      const id = await busiest();
      const { pool, history } = personSchema.parse(await answer(`runs/lattice/people?user=${id}`));
      const titled = pool.slice(0, 20).map(({ item }) => item.title);
      const page = await open("#/lattice/users");
      await page.getByLabel("Search").fill(id);
      await page.getByRole("link", { name: id }).click();
      await page.getByRole("heading", { level: 1, name: `User ${id}` }).waitFor();
      await page.getByRole("list", { name: "Recommendations" }).waitFor();
      expect(await page.getByRole("list", { name: "History" }).getByRole("listitem").count()).toBe(history.length);
      expect(await order(page)).toEqual(titled);

      const share = page.getByLabel("Share of the latent graph");
      await share.focus();
      for (let press = 0; press < 50; press++) await page.keyboard.press("ArrowRight");
      expect(await share.inputValue()).toBe("1");
      const latent = pool
        .map(({ item, latent: parts }, place) => ({
          title: item.title,
          place,
          value: parts.reduce((sum, { contribution }) => sum + contribution, 0),
        }))
        .sort((a, b) => b.value - a.value || a.place - b.place);
      expect((await order(page)).slice(0, 5)).toEqual(latent.slice(0, 5).map(({ title }) => title));
      expect(await page.getByText("places higher than as trained").count()).toBeGreaterThan(0);
      await page.getByLabel("Diversity").fill("0.9");
      await page.getByRole("button", { name: "As trained" }).click();
      expect(await order(page)).toEqual(titled);
      await close(page);
    });

    test("is told why, by paths from the history", async () => {
      const page = await open(`#/lattice/users/${await busiest()}`);
      const why = page.getByRole("button", { name: /^Why/ }).first();
      await why.focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/Score .* from who took what .* over the item graph/).waitFor();
      const reason = dialog.getByRole("listitem").getByRole("button").first();
      expect(await dialog.locator("svg path").count()).toBeGreaterThan(1);
      expect(await dialog.locator("svg .dim").count()).toBe(0);
      await reason.focus();
      await expect.poll(() => dialog.locator("svg .dim").count()).toBeGreaterThan(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(await why.evaluate("document.activeElement.textContent")).toMatch(/^Why/);
      await close(page);
    });

    test("of a model without parts is recommended to all the same", async () => {
      const page = await open(`#/mf/users/${await busiest()}`);
      await page.getByRole("list", { name: "Recommendations" }).waitFor();
      expect(await page.getByLabel("Share of the latent graph").count()).toBe(0);
      expect(await page.getByLabel("Diversity").count()).toBe(1);
      await close(page);
    });
  });

  test("a session is clicked together from pictures, and its list follows", async () => {
    const page = await open("#/lattice/session");
    await page.getByRole("heading", { name: "No session yet" }).waitFor();
    const offers = page.getByRole("list", { name: "To put in" }).getByRole("button");
    await offers.nth(2).click();
    await page.getByRole("status").filter({ hasText: "1 item in the session" }).waitFor();
    await page.getByRole("list", { name: "Recommendations" }).waitFor();
    const one = await order(page);
    await offers.nth(5).click();
    await page.getByRole("status").filter({ hasText: "2 items in the session" }).waitFor();
    await expect.poll(() => order(page)).not.toEqual(one);
    const items = new URLSearchParams(page.url().split("?")[1]);
    const { pool } = personSchema.parse(await answer(`runs/lattice/people?${items}`));
    await expect.poll(() => order(page)).toEqual(pool.slice(0, 20).map(({ item }) => item.title));
    await page.getByRole("list", { name: "In the session" }).getByRole("button").nth(1).click();
    await expect.poll(() => order(page)).toEqual(one);
    await close(page);
  });

  describe("the map", () => {
    test("is laid out, coloured, and shows what an item is joined to, by keyboard and by mouse", async () => {
      const page = await open("#/lattice/map");
      const canvas = page.getByRole("application", { name: /^Map of \d+ items/ });
      await canvas.waitFor({ timeout: 60_000 });
      const { items: shown } = wallSchema.parse(await answer("runs/lattice/items?limit=1"));
      const item = shown[0];
      await page.getByLabel("Find an item on the map").fill(item?.id ?? "");
      await page.getByRole("list", { name: "Found on the map" }).getByRole("button").first().press("Enter");
      const chosen = page.getByRole("heading", { level: 2, name: item?.title ?? "" });
      await chosen.waitFor();
      const column = itemPageSchema
        .parse(await answer(`runs/lattice/items/${item?.id}`))
        .columns.find(({ kind }) => kind === "final");
      const strongest = page.getByRole("heading", { name: "Strongest edges" }).locator("+ ul").getByRole("button");
      expect(await strongest.first().textContent()).toContain(column?.neighbours[0]?.title);

      await page.waitForTimeout(600);
      await page.getByRole("button", { name: "Let go" }).click();
      await chosen.waitFor({ state: "detached" });
      const box = await canvas.boundingBox();
      await canvas.click({ position: { x: (box?.width ?? 0) / 2, y: (box?.height ?? 0) / 2 } });
      await chosen.waitFor();

      for (const by of ["category", "popularity", "modality", "community"]) {
        await page.getByLabel("Colour by").selectOption(by);
        const groups = page.getByRole("list", { name: "Groups" }).getByRole("button");
        expect(await groups.count()).toBeGreaterThan(1);
        await groups.first().click();
        expect(await groups.first().getAttribute("aria-pressed")).toBe("true");
      }
      await canvas.focus();
      for (const key of ["ArrowLeft", "+", "-", "0", "Escape"]) await page.keyboard.press(key);
      await chosen.waitFor({ state: "detached" });
      await close(page);
    });

    test("is kept beside the run, and there at once the next time", async () => {
      await expect.poll(async () => mapAnswerSchema.parse(await answer("runs/lattice/map")).state).toBe("ready");
      const kept = JSON.parse(readFileSync(join(folder, "demo", "runs", "lattice", "studio", "map.json"), "utf8"));
      const map = mapAnswerSchema.parse(await answer("runs/lattice/map"));
      if (map.state !== "ready") throw new Error(map.state);
      expect(kept.x).toEqual(map.x);
      expect(map.ids).toHaveLength(map.community.length);
      const degrees = new Int32Array(map.ids.length);
      map.edges.from.forEach((from, e) => {
        for (const end of [from, map.edges.to[e] ?? 0]) degrees[end] = (degrees[end] ?? 0) + 1;
      });
      expect(Math.min(...degrees)).toBeGreaterThanOrEqual(3);
    });

    test("of a model without an item graph says so", async () => {
      const page = await open("#/mf/map");
      await page.getByRole("heading", { name: "No item graph" }).waitFor();
      await close(page);
    });
  });

  test("trainings are shown side by side, with the leaderboard", async () => {
    const page = await open("#/lattice/training");
    const { runs } = comparisonSchema.parse(await answer("comparison"));
    const lattice = runs.find(({ name }) => name === "lattice");
    const table = page.getByRole("region", { name: /^Runs side by side/ });
    const row = table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "lattice", exact: true }) });
    expect(await row.textContent()).toContain(lattice?.test["recall@20"]?.toFixed(4));
    await page.getByRole("region", { name: /^Leaderboard/ }).waitFor();
    await page.getByRole("button", { name: "Look at the health of the dataset" }).click();
    const health = page.getByRole("region", { name: /^Modalities/ });
    await health.getByRole("rowheader", { name: "image" }).waitFor();
    const { modalities } = healthSchema.parse(await answer("runs/lattice/health"));
    expect(modalities.map(({ name }) => name)).toEqual(["image", "text"]);
    expect(await health.textContent()).toContain(`× ${modalities[1]?.lift?.toFixed(2)}`);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole("status").filter({ hasText: "All trainings have ended." }).waitFor();
    await expect.poll(() => page.locator(".curves polyline").count()).toBe(2 * runs.length);
    await close(page);
  });

  const addresses = async (): Promise<readonly string[]> => {
    const [first] = wallSchema.parse(await answer("runs/lattice/items?limit=1")).items;
    return [
      "#/lattice/catalogue",
      "#/lattice/catalogue?query=nothing-like-this",
      `#/lattice/items/${first?.id}`,
      "#/lattice/map",
      "#/mf/map",
      "#/lattice/training",
      "#/lattice/users",
      `#/lattice/users/${await busiest()}`,
      `#/lattice/session?item=${first?.id}`,
      "#/lattice/nowhere",
    ];
  };

  test.each([
    { dark: false, width: 1280 },
    { dark: true, width: 1280 },
    { dark: false, width: 360 },
  ])(
    "every page is accessible and fits: %o",
    async (look) => {
      for (const address of await addresses()) {
        const page = await open(address, look);
        await page.getByRole("heading").first().waitFor();
        expect(await accessibilityFaults(page), address).toEqual([]);
        expect(await overhang(page), address).toBeLessThanOrEqual(0);
        await close(page);
      }
    },
    400_000,
  );

  test("keeps the chosen look", async () => {
    const page = await open("");
    const ground = (): Promise<unknown> => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByLabel("Appearance").selectOption("dark");
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload({ waitUntil: "networkidle" });
    expect(await ground()).toBe(dark);
    await close(page);
  });
});

test("the studio refuses a folder that holds no run", async () => {
  const absent = await latticework("studio", join(folder, "absent"), "--port", "0");
  expect(absent.code).toBe(1);
  expect(absent.errors).toContain("is no run folder and holds none");
});
