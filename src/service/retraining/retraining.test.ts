/** Retraining from a real store: what is gathered, who wins, what a killed training leaves, and who may train at all. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readDataset } from "../../data/index.ts";
import { openRun } from "../../runs/open-run.ts";
import { encoderOrigin } from "../living/encoder-origin.ts";
import { kindOf, trainSmallRun } from "../service.fixture.ts";
import { createMemoryStore } from "../store/memory-store.fixture.ts";
import { openStore } from "../store/open-store.ts";
import type { Store, StoredInteraction } from "../store/store.ts";
import { itemWith } from "../store/store-parts.fixture.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { isGone, thisProcess } from "./lease-holder.ts";
import { type RetrainOutcome, retrain } from "./retrain.ts";
import { isDue } from "./schedule.ts";
import { startRetraining } from "./start-retraining.ts";
import { noteOf, rollBack } from "./versions.ts";

const root = temporaryRoot();
let run = "";
let address = "";
let versions = "";
let store: Store;
let shops = 0;
beforeAll(async () => {
  run = await trainSmallRun(root);
});
afterAll(() => fs.rmSync(root, { recursive: true }));

let keys = 0;
const took = (user: string, item: string, at: number, weight = 1): StoredInteraction => ({
  key: `key ${keys++}`,
  user,
  item,
  event: "purchase",
  weight,
  at,
});
/** 60 new users who take items of one kind each, in the order of their numbers. */
const newcomers = (): StoredInteraction[] =>
  Array.from({ length: 60 }, (_, user) =>
    Array.from({ length: 30 }, (_, item) => `i${item}`)
      .filter((id) => kindOf(id) === user % 3)
      .slice(user % 4)
      .map((item, n) => took(`new${user}`, item, 1000 * n + user)),
  ).flat();

const finished = (outcome: RetrainOutcome) => {
  if (outcome.kind !== "finished") throw new Error(outcome.kind);
  return outcome;
};

describe("retraining", () => {
  beforeEach(async () => {
    const folder = path.join(root, `shop ${shops++}`);
    fs.mkdirSync(folder);
    versions = path.join(folder, "versions");
    address = path.join(folder, "shop.sqlite");
    store = await openStore(address);
    await store.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
    await store.serveModel("first");
    await store.addInteractions(newcomers());
    return () => store.close();
  });
  const request = () => ({ store, versions, threads: 1, options: { epochs: 6, validateEvery: 2 } });

  it("gathers what came and leaves out what is gone, and serves what is no worse", async () => {
    const first = openRun(run);
    const before = await readDataset(path.join(root, "dataset"));
    const columns = before.modalities.find(({ name }) => name === "image")?.features?.columns ?? 0;
    const picture = Float32Array.from({ length: columns }, (_, column) => (column % 7) + 1);
    await store.putItems([
      itemWith("i40", {
        title: "A new one",
        encoded: { by: first.config.dataset.fingerprint, features: { image: picture } },
      }),
      itemWith("i41", { encoded: { by: "other encoders", features: { image: picture } } }),
      itemWith("i3", { features: { image: picture } }),
    ]);
    await store.deleteItem("i5");
    await store.eraseUser("u7", Date.now());
    await store.addInteractions([took("u1", "i2", 10, -1), took("u2", "i40", 20), took("u2", "nowhere", 20)]);
    const { version, note } = finished(await retrain(request()));
    expect(note).toMatchObject({
      from: "first",
      position: (await store.position()) - (note.outcome === "served" ? 1 : 0),
    });
    expect(await store.servedModel()).toBe(note.candidateNdcg >= note.servingNdcg ? version : "first");
    expect(note.outcome).toBe(note.candidateNdcg >= note.servingNdcg ? "served" : "rejected");
    expect(note.validationPairs).toBeGreaterThan(50);

    const model = (await store.models()).find((one) => one.version === version);
    const { ids, config, weights } = openRun(model?.folder ?? "");
    expect(ids.users).not.toContain("u7");
    expect(ids.users).toContain("new59");
    expect(ids.items).toEqual([...first.ids.items.filter((id) => id !== "i5"), "i40", "i41"]);
    expect(ids.titles?.[ids.items.indexOf("i40")]).toBe("A new one");
    const dataset = await readDataset(config.dataset.folder ?? "");
    const image = dataset.modalities.find(({ name }) => name === "image");
    const row = (id: string) => {
      const out = new Float32Array(columns);
      image?.features?.read(ids.items.indexOf(id), ids.items.indexOf(id) + 1, out);
      return [...out];
    };
    expect([row("i40"), row("i3")]).toEqual([[...picture], [...picture]]);
    expect([...(image?.missing ?? [])]).toContain(ids.items.indexOf("i41"));
    const old = new Float32Array(columns);
    before.modalities.find(({ name }) => name === "image")?.features?.read(8, 9, old);
    expect(row(first.ids.items[8])).toEqual([...old]);
    expect(encoderOrigin(config.dataset.folder ?? "", "own")).toEqual({
      folder: path.join(root, "dataset"),
      fingerprint: first.config.dataset.fingerprint,
    });
    const { interactions, dislikes } = weights();
    const has = (pattern: typeof dislikes, user: string, item: string): boolean => {
      if (pattern === undefined) return false;
      const [from, to] = [0, 1].map((next) => pattern.rowPointers[ids.users.indexOf(user) + next]);
      return pattern.columnIndices.subarray(from, to).includes(ids.items.indexOf(item));
    };
    expect([has(dislikes, "u1", "i2"), has(interactions.train, "u1", "i2")]).toEqual([true, false]);
    // The latest of what is new is held out, nothing of what the first run was trained with.
    expect([has(interactions.validation, "new0", "i27"), has(interactions.train, "new0", "i0")]).toEqual([true, true]);
    expect(has(interactions.train, "u2", "i40")).toBe(true);
    const trained = first.weights().interactions.train;
    const [from, to] = [trained.rowPointers[3], trained.rowPointers[4]];
    for (const item of trained.columnIndices.subarray(from, to)) {
      const id = first.ids.items[item];
      if (id !== "i5") expect(has(interactions.train, first.ids.users[3], id)).toBe(true);
    }
  });

  it("keeps the served model where the new one is worse, with both figures, and rolls back", async () => {
    const worse = finished(
      await retrain({ ...request(), options: { epochs: 1, learningRate: 0.9, validateEvery: 1 } }),
    );
    expect(worse.note.candidateNdcg).toBeLessThan(worse.note.servingNdcg);
    expect(worse.note.outcome).toBe("rejected");
    expect(await store.servedModel()).toBe("first");
    expect((await store.models()).map(noteOf)).toEqual([undefined, worse.note]);
    await expect(rollBack(store)).rejects.toThrow("took over from none");
    await store.serveModel(worse.version);
    expect([await rollBack(store), await store.servedModel()]).toEqual(["first", "first"]);
    await expect(rollBack(store, "nothing")).rejects.toThrow("there is no version nothing any more");
  });

  it("keeps the latest versions, and begins the next from the one that is served", async () => {
    const outcomes = [];
    for (let n = 0; n < 4; n++) {
      const outcome = finished(await retrain({ ...request(), keep: 2, options: { epochs: 2, validateEvery: 1 } }));
      outcomes.push(outcome);
      await store.serveModel(outcome.version);
      await store.addInteractions(
        Array.from({ length: 30 }, (_, user) => took(`more${user}`, `i${(n * 7 + user) % 30}`, 50_000 + n)).flatMap(
          (one) => [one, took(one.user, `i${(n * 7 + Number(one.user.slice(4)) + 3) % 30}`, 60_000 + n)],
        ),
      );
    }
    const all = outcomes.map(({ version }) => version);
    expect(outcomes.map(({ note }) => note.from)).toEqual(["first", ...all.slice(0, 3)]);
    // Until the last one is served, it is the one before that is, and what that one took over from stays as well.
    const names = all.slice(outcomes[3].note.outcome === "served" ? 2 : 1);
    expect(fs.readdirSync(versions).toSorted()).toEqual(names);
    expect((await store.models()).map(({ version }) => version)).toEqual(["first", ...names]);
  });

  it("keeps the version that was taken over from, which services serve until they have followed", async () => {
    const rounds = { ...request(), keep: 1, options: { epochs: 2, validateEvery: 1 } };
    const before = finished(await retrain(rounds));
    await store.serveModel(before.version);
    await store.addInteractions([took("late", "i1", 90_000), took("late", "i4", 90_001), took("late", "i7", 90_002)]);
    // One that loses stands between them, so that the one before is no longer among the latest.
    finished(await retrain({ ...rounds, options: { epochs: 1, learningRate: 0.9, validateEvery: 1 } }));
    const after = finished(await retrain({ ...rounds, options: { epochs: 8, validateEvery: 1 } }));
    await store.serveModel(after.version);
    expect(after.note.from).toBe(before.version);
    expect(fs.readdirSync(versions)).toContain(before.version);
    expect(await rollBack(store)).toBe(before.version);
  });

  it("is one process's at a time, and a killed one leaves nothing that could be served", async () => {
    await store.holdLease("retraining", "somebody", 60_000);
    expect(await retrain(request())).toEqual({ kind: "busy" });
    await store.releaseLease("retraining", "somebody");
    const task = {
      store: address,
      versions,
      keep: 3,
      threads: 1,
      options: { epochs: 1000, validateEvery: 0 },
      index: true,
    };
    const running = await new Promise<ReturnType<typeof startRetraining>>((resolve) => {
      const started = startRetraining(task, {
        onEpoch: (epoch) => {
          if (epoch === 2) resolve(started);
        },
      });
    });
    expect(await retrain(request())).toEqual({ kind: "busy" });
    running.kill();
    expect(await running.ended).toMatchObject({ kind: "failed" });
    expect([await store.servedModel(), (await store.models()).length]).toEqual(["first", 1]);
    const [left] = fs.readdirSync(versions);
    expect(left).toMatch(/^retrained-/);
    // Its lease would run for a minute; here it can be seen that its holder is gone.
    const file = path.join(versions, left);
    const end = await startRetraining({ ...task, options: { epochs: 2, validateEvery: 1 } }).ended;
    expect(end.kind === "failed" ? end.message : end.kind).toBe("finished");
    expect(fs.existsSync(file)).toBe(false);
    const models = await store.models();
    expect(models.length).toBe(2);
    // What the task does not say is as the served run has it.
    const { options } = openRun(run).config;
    expect(openRun(models[1].folder).config.options).toEqual({ ...options, epochs: 2, validateEvery: 1 });
    const served = (await store.servedModel()) === models[1].version;
    expect(fs.existsSync(path.join(models[1].folder, "items.index"))).toBe(served);
  });

  it("removes nothing of another store that shares the folder of versions", async () => {
    const short = { ...request(), options: { epochs: 2, validateEvery: 1 } };
    const other = await openStore(address.replace("shop.sqlite", "other.sqlite"));
    try {
      await other.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
      await other.serveModel("first");
      await other.addInteractions(newcomers());
      const { version } = finished(await retrain(short));
      const { version: others } = finished(await retrain({ ...short, store: other }));
      expect(fs.readdirSync(versions).toSorted()).toEqual([version, others].toSorted());
    } finally {
      await other.close();
    }
  });

  it("throws a model away that was trained with somebody who was erased meanwhile", async () => {
    let erased = false;
    const outcome = retrain({
      ...request(),
      onEvent: (event) => {
        if (event.kind !== "epoch" || erased) return;
        erased = true;
        void store.eraseUser("u9", Date.now());
      },
    });
    await expect(outcome).rejects.toThrow("a user was erased");
    expect(fs.readdirSync(versions)).toEqual([]);
    expect(await store.servedModel()).toBe("first");
  });

  it("holds out what the served model was validated with where nothing is new", async () => {
    for (let user = 0; user < 60; user++) await store.eraseUser(`new${user}`, 1);
    const { validation } = (await readDataset(path.join(root, "dataset"))).interactions;
    const { note } = finished(await retrain(request()));
    expect([note.addedPairs, note.validationPairs]).toEqual([0, validation.columnIndices.length]);
  });
});

describe("the holder of a lease", () => {
  it("is gone when its process is, and not for one of whom nothing is known", () => {
    const own = thisProcess();
    expect([isGone(own), own === thisProcess()]).toEqual([false, false]);
    expect(["somebody", "", "id elsewhere 1 2"].map(isGone)).toEqual([false, false, false]);
    const [id, machine, pid, beginning] = own.split(" ");
    expect(isGone([id, machine, pid, `${beginning}0`].join(" "))).toBe(true);
    expect(isGone([id, machine, "999999999", beginning].join(" "))).toBe(true);
  });
});

describe("isDue", () => {
  it("after hours or changes, whichever comes first, counted from the latest retraining", async () => {
    const memory = createMemoryStore();
    const hours = (n: number) => n * 3_600_000;
    const schedule = { everyHours: 24, afterChanges: 3 };
    await memory.addModel({ version: "first", folder: "/run", createdAt: 0, note: {} });
    expect(await isDue(memory, schedule, hours(100))).toBe(false);
    await memory.addInteractions([took("a", "b", 1)]);
    expect(await isDue(memory, {}, hours(100))).toBe(false);
    expect(await isDue(memory, schedule, hours(23))).toBe(false);
    expect(await isDue(memory, schedule, hours(24))).toBe(true);
    await memory.addInteractions([took("b", "b", 1), took("c", "b", 1)]);
    expect(await isDue(memory, schedule, hours(1))).toBe(true);
    const figures = { candidateNdcg: 0, servingNdcg: 0, candidateRecall: 0, servingRecall: 0 };
    const rest = { addedPairs: 1, validationPairs: 1, epochs: 1, seconds: 1 };
    const note = { outcome: "rejected", from: "first", position: 2, ...figures, ...rest };
    await memory.addModel({ version: "retrained", folder: "/other", createdAt: hours(1), note });
    expect(await isDue(memory, schedule, hours(24))).toBe(false);
    expect(await isDue(memory, schedule, hours(25))).toBe(true);
  });

  it("after what items and users changed, not after what a retraining itself or a start writes", async () => {
    const memory = createMemoryStore();
    const schedule = { everyHours: 24, afterChanges: 1 };
    await memory.addModel({ version: "first", folder: "/run", createdAt: 0, note: {} });
    await memory.serveModel("first");
    expect(await isDue(memory, schedule, 1e9)).toBe(false);
    await memory.addInteractions([took("a", "b", 1)]);
    const figures = { candidateNdcg: 1, servingNdcg: 0, candidateRecall: 1, servingRecall: 0 };
    const rest = { addedPairs: 1, validationPairs: 1, epochs: 1, seconds: 1 };
    const note = { outcome: "served", from: "first", position: await memory.position(), ...figures, ...rest };
    await memory.addModel({ version: "retrained", folder: "/other", createdAt: 1, note }, "first");
    expect(await memory.servedModel()).toBe("retrained");
    expect(await isDue(memory, schedule, 1e9)).toBe(false);
    await memory.eraseUser("a", 2);
    expect(await isDue(memory, schedule, 1e9)).toBe(true);
  });
});
