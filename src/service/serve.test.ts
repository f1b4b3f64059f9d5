/** Which version a service begins with: what is named, what is in charge, and what another process decides meanwhile. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type SmallService, startSmallService, trainSmallRun } from "./service.fixture.ts";
import { createMemoryStore, type MemoryStore } from "./store/memory-store.fixture.ts";
import { temporaryRoot } from "./temporary-root.fixture.ts";

const root = temporaryRoot();
let run = "";
let other = "";
beforeAll(async () => {
  run = await trainSmallRun(root, 1);
  other = await trainSmallRun(root, 2);
});
afterAll(() => fs.rmSync(root, { recursive: true }));

const note = {
  outcome: "served",
  from: "first",
  origin: "first",
  candidateNdcg: 1,
  servingNdcg: 0,
  candidateRecall: 1,
  servingRecall: 0,
  position: 0,
  addedPairs: 1,
  validationPairs: 1,
  epochs: 1,
  seconds: 1,
};

/** The named run, and a version that was retrained from it and is in charge. */
async function retrainedStore(folder = other): Promise<MemoryStore> {
  const store = createMemoryStore();
  await store.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
  await store.serveModel("first");
  await store.addModel({ version: "retrained", folder, createdAt: 2, note }, "first");
  return store;
}

async function servedBy(store: MemoryStore, named: string | undefined, look?: (small: SmallService) => Promise<void>) {
  const small = await startSmallService(named ?? "", { store, run: named });
  try {
    await look?.(small);
    const { json } = await small.call("GET", "/v1/users/u1/recommendations");
    return { model: json.model, store: await store.servedModel(), log: small.log.join("\n") };
  } finally {
    await small.service.stop();
  }
}

it("keeps the version in charge when the run that it was retrained from is named again, and says how to go back", async () => {
  const store = await retrainedStore();
  const served = await servedBy(store, run);
  expect(served).toMatchObject({ model: "retrained", store: "retrained" });
  expect(served.log).toContain("latticework model roll-back first");
  await store.serveModel("first");
  const back = await servedBy(store, run);
  expect(back).toMatchObject({ model: "first", store: "first" });
  expect(back.log).not.toContain("roll-back");
});

it("serves a run that is named and is not what the one in charge came from", async () => {
  const store = await retrainedStore(path.join(root, "nowhere"));
  const served = await servedBy(store, other);
  expect(served.model).toBe(served.store);
  expect(["first", "retrained"]).not.toContain(served.model);
  expect((await store.models()).at(-1)).toMatchObject({ version: served.model, folder: other });
});

it("lists a run once when several processes begin with it at the same moment", async () => {
  const store = createMemoryStore();
  const begun = await Promise.all(
    [1, 2, 3].map(() => startSmallService(run, { store, now: () => Date.UTC(2030, 0, 2, 3, 4, 5, 6) })),
  );
  try {
    const [model, ...more] = await store.models();
    expect([model.folder, more]).toEqual([run, []]);
    expect(model.version).toMatch(/^2030-01-02T030405006Z-[0-9a-f]{6}$/);
    expect(begun.map(({ service }) => service.living.served.version)).toEqual([1, 2, 3].map(() => model.version));
    expect(await store.servedModel()).toBe(model.version);
  } finally {
    await Promise.all(begun.map(({ service }) => service.stop()));
  }
});

it("lists no run that cannot be opened", async () => {
  const store = createMemoryStore();
  await expect(startSmallService(path.join(root, "typo"), { store })).rejects.toThrow("does not exist");
  expect(await store.models()).toEqual([]);
  expect(await store.servedModel()).toBeUndefined();
});

it("serves the named run where the version in charge cannot be opened", async () => {
  const served = await servedBy(await retrainedStore(path.join(root, "nowhere")), run);
  expect(served).toMatchObject({ model: "first", store: "first" });
  expect(served.log).toContain("the named run is served instead");
});

it("does not put back what is served from another process while it starts", async () => {
  const store = await retrainedStore();
  await store.serveModel("first");
  const { deletedItems } = store;
  const meanwhile = {
    ...store,
    deletedItems: async () => {
      await store.serveModel("retrained");
      return deletedItems();
    },
  };
  const served = await servedBy(meanwhile, undefined, async ({ service }) => {
    expect(await store.servedModel()).toBe("retrained");
    await expect.poll(() => service.living.served.version, { timeout: 60_000 }).toBe("retrained");
  });
  expect(served).toMatchObject({ model: "retrained", store: "retrained" });
});

it("follows what others write while the version in charge cannot be opened here, and says so once", async () => {
  const store = createMemoryStore();
  await store.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
  await store.serveModel("first");
  const served = await servedBy(store, undefined, async ({ call, log }) => {
    await store.addModel({ version: "elsewhere", folder: path.join(root, "nowhere"), createdAt: 2, note: {} }, "first");
    for (const id of ["i3", "i4"]) {
      await store.deleteItem(id);
      await expect.poll(async () => (await call("GET", `/v1/items/${id}/similar`)).status).toBe(404);
    }
    expect(log.filter((line) => line.includes("could not be followed"))).toHaveLength(1);
  });
  expect(served).toMatchObject({ model: "first", store: "elsewhere" });
});

it("takes writes while it opens another version, which then knows them", async () => {
  const store = createMemoryStore();
  await store.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
  await store.addModel({ version: "second", folder: other, createdAt: 2, note: {} });
  await store.serveModel("first");
  const opening = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  await servedBy(store, undefined, async ({ call }) => {
    const { items } = store;
    store.items = async function* () {
      opening.resolve();
      await opened.promise;
      yield* items();
    };
    const asked = call("POST", "/v1/models/second/serve");
    const askedAgain = call("POST", "/v1/models/second/serve");
    await opening.promise;
    const text = "ceramic mug for coffee and tea";
    expect((await call("PUT", "/v1/items/new", { json: { title: "New mug", text } })).status).toBe(200);
    expect((await call("DELETE", "/v1/items/i5")).status).toBe(204);
    opened.resolve();
    expect([(await asked).status, (await askedAgain).status]).toEqual([200, 200]);
    const { json } = await call("GET", "/v1/items/new/similar");
    expect(json.model).toBe("second");
    expect(json.items.map(({ id }) => id)).not.toContain("i5");
    expect((await call("GET", "/v1/items/i5/similar")).status).toBe(404);
  });
});
