/** Ranking anew: the settings of the training give the model's own list, parts add up, and each slider does what it says. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecommender, type Recommender } from "../recommender/index.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import type { Candidate, Person } from "./api.ts";
import { asTrained, partsUnder, rerank, type Settings, scoreOf } from "./rerank.ts";
import { createStudioCatalogue } from "./server/catalogue.ts";
import { openPeople, type People } from "./server/people.ts";
import { whomOfRun } from "./server/run-whom.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-rerank-"));
const dataset = smallDataset();
const modalities = ["image", "text"];
let recommender: Recommender;
let people: People;

beforeAll(async () => {
  const out = path.join(root, "run");
  await trainRun({ dataset, out, threads: 1, model: "lattice", options: { ...smallOptions, learningRate: 0.02 } });
  recommender = await openRecommender(out, { dataset });
  const weights = recommender.run.weights();
  const catalogue = createStudioCatalogue({
    recommender,
    categoriesOf: () => [],
    hasPicture: () => false,
    changes: () => 0,
  });
  people = openPeople({ recommender, weights, catalogue });
});
afterAll(() => {
  recommender.close();
  fs.rmSync(root, { recursive: true });
});

const users = fc.nat(dataset.users - 1).map(String);
const settingsOf = ({ initialShare }: Person, changed: Partial<Settings> = {}): Settings => ({
  ...asTrained(modalities, initialShare),
  ...changed,
});

describe("as trained", () => {
  it("gives the list that the recommender gives, at any diversity", () => {
    fc.assert(
      fc.property(users, fc.double({ min: 0, max: 1, noNaN: true }), (user, diversity) => {
        const person = people.person(whomOfRun(recommender, { user }));
        const ranked = rerank(person.pool, settingsOf(person, { diversity }), person.initialShare, 8);
        const [list] = recommender.recommend([user], { count: 8, diversity });
        const found = ranked.map(({ candidate }) => candidate.item.id);
        const expected = list?.items.map(({ id }) => id) ?? [];
        // Cosines come with five digits, so of items whose values are all but equal either may be chosen.
        if (diversity === 0) expect(found).toEqual(expected);
        else expect(found.filter((id) => expected.includes(id)).length).toBeGreaterThanOrEqual(expected.length - 1);
      }),
    );
  });

  it("has parts that add up to the model's scores", () => {
    fc.assert(
      fc.property(users, (user) => {
        const person = people.person(whomOfRun(recommender, { user }));
        expect(person.source).toBe("model");
        expect(person.unexplained).toBeUndefined();
        for (const candidate of person.pool) {
          expect(scoreOf(candidate, settingsOf(person), person.initialShare)).toBeCloseTo(candidate.score, 4);
        }
      }),
    );
  });

  it("holds for a session too", () => {
    const person = people.person(whomOfRun(recommender, { items: ["1", "4", "7"] }));
    const ranked = rerank(person.pool, settingsOf(person), person.initialShare, 5);
    const { items } = recommender.recommendFor({ history: ["1", "4", "7"], count: 5 });
    expect(ranked.map(({ candidate }) => candidate.item.id)).toEqual(items.map(({ id }) => id));
    expect(ranked.every(({ moved }) => moved === 0)).toBe(true);
  });
});

const made = (id: string, backbone: number, image: number, text: number, learned = 0): Candidate => ({
  item: { id, picture: false, popularity: 0, categories: [] },
  score: backbone + image + text + learned,
  backbone,
  latent: [
    { modality: "image", graph: "initial", contribution: image },
    { modality: "text", graph: "initial", contribution: text },
    { modality: "text", graph: "learned", contribution: learned },
  ],
  direction: [1, 0],
  takenLater: false,
});

describe("sliders", () => {
  const pool = [made("taken", 5, 0, 0), made("seen", 1, 3, 0), made("read", 1, 0, 2, 0.5)];
  const order = (changed: Partial<Settings>): string[] =>
    rerank(pool, { ...asTrained(modalities, 0.9), ...changed }, 0.9, 3).map(({ candidate }) => candidate.item.id);

  it.each<[string, Partial<Settings>, string[]]>([
    ["all as trained", {}, ["taken", "seen", "read"]],
    ["the backbone alone keeps ties in the model's order", { latentShare: 0 }, ["taken", "seen", "read"]],
    ["the latent graph alone", { latentShare: 1 }, ["seen", "read", "taken"]],
    ["texts alone in it", { latentShare: 1, modalityWeights: { image: 0, text: 1 } }, ["read", "taken", "seen"]],
    ["what was learned counts ten times", { initialShare: 0 }, ["read", "taken", "seen"]],
  ])("%s", (_, changed, expected) => {
    expect(order(changed)).toEqual(expected);
  });

  it("says how far an item moved", () => {
    const [first, , last] = rerank(pool, { ...asTrained(modalities, 0.9), latentShare: 1 }, 0.9, 3);
    expect(first).toMatchObject({ moved: 1, score: 6 });
    expect(last).toMatchObject({ moved: -2, score: 0 });
  });

  it("weighs λ exactly", () => {
    const parts = partsUnder(made("read", 1, 0, 2, 0.5), { ...asTrained(modalities, 0.8), initialShare: 0.4 }, 0.8);
    expect(parts.backbone).toBe(1);
    expect(parts.latent.find(({ modality }) => modality === "text")?.value).toBeCloseTo(2 * 0.5 + 0.5 * 3, 12);
  });
});
