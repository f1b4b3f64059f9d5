/** Ids of any kind from a dataset folder to recommendations: nothing between the disk and the answer may take them for numbers, lines or fields. */
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  createDataset,
  evaluateRun,
  exportDataset,
  openRecommender,
  readDataset,
  train,
  writeNativeDataset,
} from "../src/index.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const nasty = [
  "",
  " ",
  "a\tb",
  "new\nline",
  'say "hi"',
  "__proto__",
  "👩🏽‍🚀",
  "10",
  "-1",
  "a,b",
  "constructor",
  "\uFEFFbom",
  "\u0000",
];
const users = Array.from({ length: 26 }, (_, user) => (user < nasty.length ? nasty[user] : `user ${user}`));
const items = Array.from({ length: 20 }, (_, item) =>
  item < nasty.length ? nasty[nasty.length - 1 - item] : `ítem ${item}`,
);

it("a folder with ids of any kind trains, evaluates and recommends, in every layout", async () => {
  const folder = temporaryFolder();
  const interactions: Record<"train" | "validation" | "test", [number, number][]> = {
    train: [],
    validation: [],
    test: [],
  };
  for (let user = 0; user < users.length; user++) {
    for (let item = user % 2; item < items.length; item += 2) {
      const place = (user + item) % 5;
      interactions[place === 0 ? "validation" : place === 1 ? "test" : "train"].push([user, item]);
    }
  }
  const features = items.map((_, item) => (item === 7 ? [0, 0, 0] : [item % 2, 1 - (item % 2), item / 50]));
  const shop = createDataset({
    name: "shop",
    userIds: users,
    itemIds: items,
    interactions,
    dislikes: users.map((_, user) => [user, 1 - (user % 2)] as const),
    trainWeights: interactions.train.map((_, at) => 1 + (at % 3)),
    modalities: [
      { name: "image", features, missing: [7] },
      { name: "text", features: features.map((row) => [...row, 1]) },
    ],
  });
  await writeNativeDataset(join(folder, "native"), shop);
  await exportDataset(join(folder, "native"), join(folder, "inter"), "inter");
  await exportDataset(join(folder, "inter"), join(folder, "core"), "5-core");

  const answers: unknown[] = [];
  for (const layout of ["native", "inter", "core"]) {
    const out = join(folder, `run-${layout}`);
    const options = {
      embeddingSize: 8,
      featureEmbeddingSize: 4,
      neighbours: 3,
      batchSize: 32,
      epochs: 2,
      validateEvery: 1,
      validateBy: "recall@5",
    };
    const run = await train({ dataset: join(folder, layout), out, options, seed: 3, threads: 1 });
    expect(run.ids.users).toEqual(users);
    const metrics = await evaluateRun(out, { threads: 1 });
    const recommender = await openRecommender(out);
    const lists = recommender.recommend(users, { count: 5 });
    recommender.close();
    for (const [user, list] of lists.entries()) {
      expect(list.user).toBe(users[user]);
      expect(list.items).toHaveLength(5);
      const left = new Set(interactions.train.filter(([owner]) => owner === user).map(([, item]) => items[item]));
      for (const { id } of list.items) {
        expect(items).toContain(id);
        expect(left.has(id)).toBe(false);
      }
    }
    answers.push([metrics, lists]);
  }
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect((await readDataset(join(folder, "native"))).fingerprint).toBe(shop.fingerprint);
});
