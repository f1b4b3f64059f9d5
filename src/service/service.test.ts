/** The service as its callers meet it, over a real socket: lists that follow what users do and what becomes of the catalogue. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  kindOf,
  pictureOfKind,
  type SmallService,
  startSmallService,
  textOfKind,
  trainSmallRun,
} from "./service.fixture.ts";
import { temporaryRoot } from "./temporary-root.fixture.ts";

const root = temporaryRoot();
let run = "";
let small: SmallService;
beforeAll(async () => {
  run = await trainSmallRun(root);
});
afterAll(() => fs.rmSync(root, { recursive: true }));
beforeEach(async () => {
  small = await startSmallService(run);
});
afterEach(() => small.service.stop());

const ids = (answer: { readonly json: { readonly items: readonly { readonly id: string }[] } }): string[] =>
  answer.json.items.map(({ id }) => id);
const listOf = (user: string, query = "") => small.call("GET", `/v1/users/${user}/recommendations${query}`);
const picture64 = async (kind: number): Promise<string> => (await pictureOfKind(kind)).toString("base64");
/** The run that is served, opened once more. */
async function serveAgain(): Promise<void> {
  await small.store.addModel({ version: "again", folder: run, createdAt: 1, note: {} });
  await small.service.living.serve("again", run);
}
const isBoth = (modalities: readonly string[]): boolean => modalities.toSorted().join() === "image,text";
const interact = (...interactions: readonly object[]) =>
  small.call("POST", "/v1/interactions", { json: { interactions } });

describe("lists", () => {
  it("are the model's for a user it was trained with, and leave out what the user has", async () => {
    const answer = await listOf("u3", "?count=5");
    expect(answer.status).toBe(200);
    expect(answer.json.source).toBe("model");
    expect(answer.json.items).toHaveLength(5);
    const has = small.service.living.served.recommender.user("u3");
    const all = ids(await listOf("u3", "?count=100"));
    expect(all.toSorted()).toEqual(
      Array.from({ length: 30 }, (_, item) => `i${item}`)
        .filter((id) => ![...(has?.history ?? []), ...(has?.heldOut ?? [])].includes(id))
        .toSorted(),
    );
    expect(ids(await listOf("u3", "?count=100&exclude=nothing"))).toHaveLength(30);
  });

  it("change with the next request after an interaction, for known users and for strangers", async () => {
    expect((await listOf("stranger")).json.source).toBe("popularity");
    expect((await interact({ user: "stranger", item: "i1" }, { user: "stranger", item: "i4" })).json).toEqual({
      accepted: 2,
      duplicates: 0,
    });
    const list = await listOf("stranger", "?count=5");
    expect(list.json.source).toBe("model");
    expect(ids(list).filter((id) => kindOf(id) === 1).length).toBeGreaterThan(3);
    expect(ids(await listOf("stranger", "?count=100"))).not.toContain("i1");
    const before = await listOf("u3", "?count=100");
    const [first = ""] = ids(before);
    await interact({ user: "u3", item: first, event: "purchase", weight: 2 });
    expect(ids(await listOf("u3", "?count=100"))).not.toContain(first);
  });

  it("keep the rules: allow, deny, categories, boosts, diversity, because", async () => {
    expect(ids(await listOf("u0", "?allow=i1&allow=i2&allow=nothing&exclude=nothing"))).toHaveLength(2);
    expect(ids(await listOf("u0", "?deny=i1&deny=unknown&count=100"))).not.toContain("i1");
    const scarves = ids(await listOf("u0", "?category=scarfs&exclude=nothing"));
    expect(scarves.length).toBe(10);
    expect(scarves.every((id) => kindOf(id) === 1)).toBe(true);
    expect(ids(await listOf("u0", "?withoutCategory=scarfs&count=100")).some((id) => kindOf(id) === 1)).toBe(false);
    expect(ids(await listOf("u0", "?boostItem=i2:100&exclude=nothing"))[0]).toBe("i2");
    expect(kindOf(ids(await listOf("u0", "?boostCategory=lamps:100&exclude=nothing"))[0] ?? "")).toBe(2);
    const because = ids(await listOf("u0", "?because=i4&becauseWeight=1&count=4"));
    expect(because.every((id) => kindOf(id) === 1)).toBe(true);
    const posted = await small.call("POST", "/v1/users/u0/recommendations", {
      json: { categories: ["scarfs"], exclude: "nothing", diversity: 0.2, popularityCorrection: 0.1 },
    });
    expect(ids(posted).toSorted()).toEqual(scarves.toSorted());
    const wrong = await listOf("u0", "?category=scarves");
    expect(wrong.status).toBe(422);
    expect(wrong.json.detail).toContain('"scarfs"');
  });

  it("are made for a session, and say what is like an item", async () => {
    const session = await small.call("POST", "/v1/sessions/recommendations", {
      json: { items: ["i2", { id: "i5", weight: 2 }, "gone"], count: 8 },
    });
    expect(ids(session).filter((id) => kindOf(id) === 2).length).toBeGreaterThan(3);
    const similar = await small.call("GET", "/v1/items/i2/similar?by=text&count=3");
    expect(similar.json.by).toBe("text");
    expect(ids(similar).every((id) => kindOf(id) === 2)).toBe(true);
    expect((await small.call("GET", "/v1/items/none/similar")).status).toBe(404);
    expect((await small.call("GET", "/v1/items/i2/similar?by=sound")).status).toBe(422);
  });

  it("are explained by parts that add up", async () => {
    await interact({ user: "new", item: "i1" }, { user: "new", item: "i3" });
    for (const user of ["u3", "new"]) {
      const [item = ""] = ids(await listOf(user));
      const { status, json } = await small.call("GET", `/v1/users/${user}/explanations/${item}?count=1`);
      expect(status).toBe(200);
      expect(json.reasons).toHaveLength(1);
      expect(json.reasons[0].contribution + json.others.contribution + json.own.contribution).toBeCloseTo(
        json.score,
        4,
      );
    }
    expect((await small.call("GET", "/v1/users/nobody/explanations/i1")).status).toBe(404);
  });
});

describe("a catalogue that lives", () => {
  it("can recommend a new item at once, and has its texts and picture", async () => {
    const picture = (await pictureOfKind(1)).toString("base64");
    const body = { title: "New scarf", text: textOfKind(1), categories: ["scarfs", "new"], picture };
    const put = await small.call("PUT", "/v1/items/n%2F1%20%C3%BC", { json: body });
    expect(put.json).toEqual({ id: "n/1 ü", recommendable: true });
    const list = await small.call("GET", "/v1/users/u1/recommendations?count=100");
    expect(ids(list)).toContain("n/1 ü");
    expect(ids(await listOf("u1", "?category=new"))).toEqual(["n/1 ü"]);
    const similar = await small.call("GET", "/v1/items/n%2F1%20%C3%BC/similar?by=image&count=3");
    expect(ids(similar).every((id) => kindOf(id) === 1)).toBe(true);
    expect((await small.call("GET", "/v1/items/n%2F1%20%C3%BC")).json).toMatchObject({
      title: "New scarf",
      hasPicture: true,
      modalities: expect.arrayContaining(["image", "text"]),
    });
  });

  it("places a changed item anew, and leaves one that is as it was trained", async () => {
    const as = (by: string) => small.call("GET", `/v1/items/i3/similar?by=${by}&count=3`);
    const before = await as("text");
    await small.call("PUT", "/v1/items/i3", { json: { title: "Lamp now", text: textOfKind(2) } });
    expect(ids(await as("text")).every((id) => kindOf(id) === 2)).toBe(true);
    expect(ids(await as("image")).every((id) => kindOf(id) === 0)).toBe(true);
    await small.call("PUT", "/v1/items/i3", { json: { title: "mug 3", text: `${textOfKind(0)} number 3` } });
    expect((await as("text")).json).toEqual(before.json);
  });

  it("never shows a deleted or expired item again", async () => {
    const user = small.service.living.served.recommender.user("u3");
    const [taken = ""] = user?.history ?? [];
    const soon = new Date(Date.now() + 400).toISOString();
    await small.call("PUT", "/v1/items/i7", { json: { expiresAt: soon } });
    expect((await small.call("DELETE", "/v1/items/i6")).status).toBe(204);
    expect((await small.call("DELETE", `/v1/items/${taken}`)).status).toBe(204);
    await expect.poll(async () => (await small.call("GET", "/v1/items/i7/similar")).status).toBe(404);
    const gone = ["i6", "i7", taken];
    const nowhere = async (): Promise<void> => {
      const answers = [
        await listOf("u3", "?count=100&exclude=nothing"),
        await listOf("nobody", "?count=100"),
        await small.call("POST", "/v1/sessions/recommendations", {
          json: { items: [...gone, "i1"], count: 100, exclude: "nothing" },
        }),
        ...(await Promise.all(
          ["embedding", "graph", "text"].map((by) => small.call("GET", `/v1/items/i1/similar?by=${by}&count=100`)),
        )),
        await small.call("GET", `/v1/users/u3/explanations/i9?count=100`),
      ];
      for (const { status, text } of answers) {
        expect(status).toBe(200);
        for (const id of gone) expect(text).not.toContain(`"${id}"`);
      }
      for (const id of gone) expect((await small.call("GET", `/v1/items/${id}/similar`)).status).toBe(404);
    };
    await nowhere();
    await serveAgain();
    await nowhere();
    expect((await small.call("DELETE", "/v1/items/i6")).status).toBe(404);
    await small.call("PUT", "/v1/items/i6", { json: { title: "Back" } });
    expect(ids(await listOf("nobody", "?count=100"))).toContain("i6");
  });

  it("tells what the run knows of an item that nobody wrote, until it is written or deleted", async () => {
    const known = { id: "i4", source: "model", title: "scarf 4", categories: ["scarfs"], recommendable: true };
    const { status, json } = await small.call("GET", "/v1/items/i4");
    expect([status, json]).toEqual([
      200,
      { ...known, attributes: {}, hasPicture: true, modalities: expect.toSatisfy(isBoth) },
    ]);
    expect((await small.call("GET", "/v1/items/i4/picture")).status).toBe(404);
    expect((await small.call("GET", "/v1/export/items")).text).toBe("");
    await small.call("PUT", "/v1/items/i4", { json: { title: "Four" } });
    expect((await small.call("GET", "/v1/items/i4")).json).toMatchObject({ source: "store", title: "Four" });
    for (const id of ["i4", "i5"]) {
      expect((await small.call("DELETE", `/v1/items/${id}`)).status).toBe(204);
      expect((await small.call("GET", `/v1/items/${id}`)).status).toBe(404);
      expect((await small.call("DELETE", `/v1/items/${id}`)).status).toBe(404);
      expect(ids(await listOf("nobody", "?count=100"))).not.toContain(id);
    }
    await serveAgain();
    expect((await small.call("GET", "/v1/items/i5")).status).toBe(404);
    expect((await small.call("GET", "/v1/items/i31")).status).toBe(404);
  });

  it("changes some of an item, encodes it anew where that counts, and leaves the rest", async () => {
    const picture = (await pictureOfKind(0)).toString("base64");
    const attributes = { brand: "North", size: 3, nothing: null };
    const expiresAt = "2999-01-01T00:00:00.000Z";
    const body = { title: "Thing", text: textOfKind(0), categories: ["a", "b"], attributes, picture, expiresAt };
    await small.call("PUT", "/v1/items/p", { json: body });
    const patch = (json: object) =>
      small.call("PATCH", "/v1/items/p", {
        body: JSON.stringify(json),
        headers: { "content-type": "application/merge-patch+json" },
      });
    const item = async () => (await small.call("GET", "/v1/items/p")).json;
    const kindsLike = async (by: string) =>
      new Set(ids(await small.call("GET", `/v1/items/p/similar?by=${by}&count=3`)).map(kindOf));
    const before = await item();
    const outcome = await patch({ title: "Other", categories: ["c"], attributes: { brand: null, colour: "red" } });
    expect(outcome.json).toEqual({ id: "p", recommendable: true });
    expect(await item()).toEqual({
      ...before,
      title: "Other",
      categories: ["c"],
      attributes: { size: 3, nothing: null, colour: "red" },
    });
    expect(ids(await listOf("nobody", "?category=c"))).toEqual(["p"]);
    expect([await kindsLike("text"), await kindsLike("image")]).toEqual([new Set([0]), new Set([0])]);
    await patch({ text: textOfKind(1) });
    expect([await kindsLike("text"), await kindsLike("image")]).toEqual([new Set([1]), new Set([0])]);
    await patch({ picture: (await pictureOfKind(2)).toString("base64") });
    expect([await kindsLike("text"), await kindsLike("image")]).toEqual([new Set([1]), new Set([2])]);
    await patch({ attributes: null, picture: null, expiresAt: null, categories: null });
    const { expiresAt: _, ...rest } = before;
    expect(await item()).toEqual({
      ...rest,
      title: "Other",
      text: textOfKind(1),
      categories: [],
      attributes: {},
      hasPicture: false,
      modalities: ["text"],
    });
    expect((await patch({ expiresAt: "2001-01-01T00:00:00Z" })).json).toMatchObject({ recommendable: false });
    expect(ids(await listOf("nobody", "?count=100"))).not.toContain("p");
  });

  it("loses no change of an item that several processes make at once", async () => {
    const other = await startSmallService(run, { store: small.store });
    await small.call("PUT", "/v1/items/p", { json: { title: "Thing", text: textOfKind(0) } });
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`);
    const answers = await Promise.all(
      names.map((name, n) =>
        (n % 2 === 0 ? small : other).call("PATCH", "/v1/items/p", { json: { attributes: { [name]: n } } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const { json } = await small.call("GET", "/v1/items/p");
    expect(Object.keys(json.attributes).toSorted()).toEqual(names.toSorted());
    await other.service.stop();
  });

  it("has picture and text of an item that one import says twice, the picture the first time alone", async () => {
    const lines = [
      { id: "twice", text: textOfKind(0), picture: await picture64(2) },
      { id: "other", text: textOfKind(0) },
      { id: "twice", title: "Twice", text: textOfKind(1) },
    ];
    const answer = await small.call("POST", "/v1/import/items", {
      body: lines.map((line) => JSON.stringify(line)).join("\n"),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect([answer.json.accepted, answer.json.refused]).toEqual([3, 0]);
    expect((await small.call("GET", "/v1/items/twice")).json).toMatchObject({
      title: "Twice",
      hasPicture: true,
      modalities: expect.toSatisfy(isBoth),
    });
    const kindsLike = async (by: string) =>
      new Set(ids(await small.call("GET", `/v1/items/twice/similar?by=${by}&count=3`)).map(kindOf));
    expect([await kindsLike("text"), await kindsLike("image")]).toEqual([new Set([1]), new Set([2])]);
  });

  it("has the texts and pictures of items that came while the dataset was away, when it is back", async () => {
    const folder = path.join(root, "dataset");
    const { store } = small;
    await small.call("PUT", "/v1/items/before", { json: { text: textOfKind(0), picture: await picture64(0) } });
    fs.renameSync(folder, `${folder}-away`);
    const away = await startSmallService(run, { store });
    const put = await away.call("PUT", "/v1/items/later", {
      json: { text: textOfKind(1), picture: await picture64(1) },
    });
    expect(put.json.recommendable).toBe(false);
    await away.call("PATCH", "/v1/items/before", { json: { text: textOfKind(2) } });
    await away.service.stop();
    fs.renameSync(`${folder}-away`, folder);
    const back = await startSmallService(run, { store });
    const kindsLike = async (id: string, by: string) =>
      new Set(ids(await back.call("GET", `/v1/items/${id}/similar?by=${by}&count=3`)).map(kindOf));
    expect([await kindsLike("later", "text"), await kindsLike("later", "image")]).toEqual([new Set([1]), new Set([1])]);
    expect([await kindsLike("before", "text"), await kindsLike("before", "image")]).toEqual([
      new Set([2]),
      new Set([0]),
    ]);
    await back.service.stop();
  });

  it("takes features where it is given them, of the right length only", async () => {
    const { modalities } = small.service.living.served;
    const columns = modalities.get("text") ?? 0;
    const wrong = await small.call("PUT", "/v1/items/f1", { json: { features: { text: [1, 2] } } });
    expect([wrong.status, wrong.json.detail]).toEqual([422, `body/features/text: found 2 values, expected ${columns}`]);
    expect((await small.call("GET", "/v1/items/f1")).status).toBe(404);
    const features = { text: Array.from({ length: columns }, (_, at) => 1 / (1 + at)) };
    expect((await small.call("PUT", "/v1/items/f1", { json: { features } })).json.recommendable).toBe(true);
    const lost = await small.call("PUT", "/v1/items/f1", { json: {} });
    expect(lost.json).toMatchObject({ recommendable: false, reason: expect.stringContaining("no features") });
    expect(ids(await listOf("nobody", "?count=100"))).not.toContain("f1");
    expect((await small.call("PUT", "/v1/items/f1", { json: { features } })).json.recommendable).toBe(true);
    expect(ids(await listOf("nobody", "?count=100"))).toContain("f1");
    expect((await small.call("PUT", "/v1/items/i3", { json: { title: "Trained" } })).json.recommendable).toBe(true);
    const nothing = await small.call("PUT", "/v1/items/f2", { json: { title: "?" } });
    expect(nothing.json).toMatchObject({ recommendable: false, reason: expect.stringContaining("no features") });
  });
});

describe("a user", () => {
  it("is no longer taken to like what they rejected since the training, until they take it again", async () => {
    const { served, users } = small.service.living;
    const { history = [], heldOut = [] } = served.recommender.user("u3") ?? {};
    const [rejected = "", ...rest] = history;
    const before = await listOf("u3", "?count=100");
    await interact({ user: "u3", item: rejected, event: "return", weight: -1, at: "2026-01-01T00:00:00Z" });
    const list = await listOf("u3", "?count=100");
    const session = { items: rest, deny: [rejected, ...heldOut], count: 100 };
    const folded = await small.call("POST", "/v1/sessions/recommendations", { json: session });
    expect(list.json).toEqual(folded.json);
    expect(served.history(await users.of("u3")).toSorted()).toEqual(rest.toSorted());
    const reasonsFor = async (item = ""): Promise<string[]> =>
      (await small.call("GET", `/v1/users/u3/explanations/${item}?count=100`)).json.reasons.map(({ id }) => id);
    for (const item of ids(list).slice(0, 3)) expect(await reasonsFor(item)).not.toContain(rejected);
    await interact({ user: "u3", item: rejected, event: "purchase" });
    expect((await listOf("u3", "?count=100")).json).toEqual(before.json);
    expect(served.history(await users.of("u3")).toSorted()).toEqual(history.toSorted());
    const [first, ...others] = ids(before);
    await interact({ user: "u3", item: first, event: "hide", weight: -1 });
    expect(ids(await listOf("u3", "?count=100"))).toEqual(others);
  });

  it("is told everything, and unknown at once after an erasure", async () => {
    await interact({ user: "u3", item: "i1", event: "purchase" });
    const lines = (await small.call("GET", "/v1/users/u3/export")).text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ source }) => source)).toEqual(["model", "store"]);
    expect(lines[1]).toMatchObject({ item: "i1", event: "purchase" });
    expect((await small.call("DELETE", "/v1/users/u3")).json).toEqual({ user: "u3", interactions: 1 });
    expect((await listOf("u3")).json.source).toBe("popularity");
    expect((await small.call("GET", "/v1/users/u3/explanations/i1")).status).toBe(404);
    expect((await small.call("GET", "/v1/users/u3/export")).text).toBe("");
    await interact({ user: "u3", item: "i2" });
    expect((await listOf("u3")).json.source).toBe("model");
  });
});

it("counts an interaction once however often it is sent", async () => {
  const send = () =>
    small.call("POST", "/v1/interactions", {
      json: {
        interactions: [
          { user: "a", item: "i1" },
          { user: "a", item: "i2", key: "mine" },
        ],
      },
      headers: { "idempotency-key": "once" },
    });
  expect((await send()).json).toEqual({ accepted: 2, duplicates: 0 });
  expect((await send()).json).toEqual({ accepted: 0, duplicates: 2 });
});

it("is not led back by what the store said before another version was served", async () => {
  const other = await trainSmallRun(root, 3);
  const { living } = small.service;
  const { servedModel } = small.store;
  let reads = 0;
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  small.store.servedModel = async () => {
    const said = await servedModel();
    reads++;
    await held;
    return said;
  };
  await small.store.addModel({ version: "other", folder: other, createdAt: 1, note: {} });
  await small.store.serveModel(living.served.version);
  await vi.waitUntil(() => reads > 0, { interval: 1 });
  const answering = small.call("POST", "/v1/models/other/serve");
  await vi.waitUntil(() => living.served.version === "other", { timeout: 200 }).catch(() => undefined);
  small.store.servedModel = servedModel;
  const versions: string[] = [];
  const followed = living.follow().then(() => versions.push(living.served.version));
  goOn();
  expect((await answering).status).toBe(200);
  versions.push(living.served.version);
  await followed;
  expect(versions).toEqual(["other", "other"]);
});

it("takes another version over, and back, without a failed request", async () => {
  const other = await trainSmallRun(root, 2);
  const first = small.service.living.served.version;
  await small.store.addModel({ version: "other", folder: other, createdAt: 1, note: {} });
  await small.call("PUT", "/v1/items/later", { json: { text: textOfKind(1) } });
  await small.call("DELETE", "/v1/items/i5");
  const versions = new Set<string>();
  let swapping = true;
  const load = async (lane: number): Promise<void> => {
    for (let n = 0; swapping; n++) {
      const user = (7 * lane + n) % 40;
      const answers = await Promise.all([
        listOf(`u${user}`, "?count=100"),
        small.call("GET", "/v1/items/later/similar"),
        small.call("POST", "/v1/sessions/recommendations", { json: { items: ["i1", "later"] } }),
      ]);
      for (const { status, json, text } of answers) {
        expect(status, text).toBe(200);
        versions.add(json.model);
        expect(ids({ json })).not.toContain("i5");
      }
      expect(ids(answers[0])).toContain("later");
    }
  };
  const lanes = [0, 1, 2].map(load);
  for (const version of ["other", first, "other"]) {
    const answer = await small.call("POST", `/v1/models/${version}/serve`);
    expect([answer.status, answer.json.served]).toEqual([200, version]);
  }
  swapping = false;
  await Promise.all(lanes);
  expect([...versions].toSorted()).toEqual([first, "other"].toSorted());
  expect((await small.call("POST", "/v1/models/none/serve")).status).toBe(404);
  await small.store.addModel({ version: "broken", folder: `${other}-is-not-there`, createdAt: 2, note: {} });
  expect((await small.call("POST", "/v1/models/broken/serve")).status).toBe(409);
  expect((await listOf("u1")).json.model).toBe("other");
});
