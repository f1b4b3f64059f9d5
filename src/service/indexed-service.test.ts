/** A service whose lists come from an approximate index: nearly the exact ones, with filters and the catalogue's changes exact, and the index kept with the run. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { latticeworkOutput } from "../../test/command.ts";
import { createDataset } from "../data/index.ts";
import { openRecommender, type Recommender } from "../recommender/index.ts";
import { trainRun } from "../runs/train-run.ts";
import { createRandom } from "../tensor/random.ts";
import { type SmallService, startSmallService } from "./service.fixture.ts";
import { temporaryRoot } from "./temporary-root.fixture.ts";

const root = temporaryRoot();
const run = path.join(root, "run");
const file = path.join(run, "items.index");
const users = 30;
const items = 1500;
let exact: Recommender;
let small: SmallService;
beforeAll(async () => {
  const random = createRandom(7, "dataset of the indexed service");
  const pairs = Array.from({ length: 4000 }, (): [number, number] => [
    Math.floor(random.uniform() * users),
    Math.floor(random.uniform() ** 2 * items),
  ]);
  const train = [...new Map(pairs.map((pair) => [pair.join(), pair])).values()];
  const interactions = { train, validation: [], test: [] };
  const dataset = createDataset({ name: "wide", users, items, interactions, modalities: [] });
  await trainRun({ dataset, out: run, model: "mf", options: { epochs: 3, embeddingSize: 16 }, threads: 1 });
  exact = await openRecommender(run);
  small = await startSmallService(run, { index: {} });
});
afterAll(async () => {
  await small.service.stop();
  exact.close();
  fs.rmSync(root, { recursive: true });
});

const listOf = async (user: number): Promise<readonly string[]> => {
  const { json } = await small.call("GET", `/v1/users/${user}/recommendations`);
  return json.items.map(({ id }) => id);
};

it("gives nearly the exact lists, without what a user took", async () => {
  let shared = 0;
  for (let user = 0; user < users; user++) {
    const [{ items: best }] = exact.recommend([String(user)], { exclude: "all" });
    const list = await listOf(user);
    expect(new Set(list).size).toBe(20);
    const taken = new Set(exact.user(String(user))?.history);
    expect(list.filter((id) => taken.has(id))).toEqual([]);
    shared += best.filter(({ id }) => list.includes(id)).length;
  }
  expect(shared / (20 * users)).toBeGreaterThan(0.95);
});

it("never lists what is denied or deleted", async () => {
  const [first, second, ...others] = await listOf(3);
  const denied = await small.call("GET", `/v1/users/3/recommendations?deny=${first}`);
  expect(denied.json.items.map(({ id }) => id)).not.toContain(first);
  expect((await small.call("DELETE", `/v1/items/${second}`)).status).toBe(204);
  const after = await listOf(3);
  expect(after.slice(0, 19)).toEqual([first, ...others]);
});

it("counts what a user does since, by fold-in over the index", async () => {
  const before = await listOf(5);
  const interactions = [{ key: "k", user: "5", item: before[0], event: "purchase" }];
  expect((await small.call("POST", "/v1/interactions", { json: { interactions } })).status).toBe(200);
  const after = await listOf(5);
  expect(after).toHaveLength(20);
  expect(after).not.toContain(before[0]);
});

it("keeps the index with the run, where another process reads it instead of building one", async () => {
  const built = fs.statSync(file).mtimeMs;
  const words = ["recommend", run, "--user", "0", "--exclude", "all", "--format", "json", "--index"];
  const { items: listed } = JSON.parse(await latticeworkOutput(...words));
  expect(listed.map(({ id }: { readonly id: string }) => id)).toEqual(await listOf(0));
  expect(fs.statSync(file).mtimeMs).toBe(built);
});
