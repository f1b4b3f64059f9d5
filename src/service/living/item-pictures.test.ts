/** Pictures that another process replaces while this one writes the same item: features are those of the picture that the store has. */
import fs from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import {
  kindOf,
  pictureOfKind,
  type SmallService,
  startSmallService,
  textOfKind,
  trainSmallRun,
} from "../service.fixture.ts";
import { createMemoryStore, type MemoryStore } from "../store/memory-store.fixture.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";

const root = temporaryRoot();
let run: string;
let store: MemoryStore;
let services: readonly SmallService[];
/** What happens in the store right before the next write of items of the first service. */
let meanwhile: (() => Promise<unknown>) | undefined;
const happened = async (): Promise<void> => {
  const work = meanwhile;
  meanwhile = undefined;
  await work?.();
};

beforeAll(async () => {
  run = await trainSmallRun(root);
});
afterAll(() => fs.rmSync(root, { recursive: true }));
beforeEach(async () => {
  store = createMemoryStore();
  const waiting: MemoryStore = {
    ...store,
    putItems: async (writes) => {
      await happened();
      return store.putItems(writes);
    },
    replaceItem: async (before, write) => {
      await happened();
      return store.replaceItem(before, write);
    },
  };
  services = [await startSmallService(run, { store: waiting }), await startSmallService(run, { store })];
});
afterEach(async () => {
  await Promise.all(services.map(({ service }) => service.stop()));
});

const picture64 = async (kind: number): Promise<string> => (await pictureOfKind(kind)).toString("base64");
const putPicture = async (id: string, kind: number): Promise<void> => {
  const [, other] = services;
  const picture = await picture64(kind);
  expect((await other.call("PUT", `/v1/items/${id}`, { json: { text: textOfKind(0), picture } })).status).toBe(200);
};
const imageOf = async (id: string) => (await store.item(id))?.encoded.features.image;

const put = (): Promise<number> =>
  services[0].call("PUT", "/v1/items/a", { json: { text: textOfKind(1) } }).then(({ status }) => status);
const patch = (): Promise<number> =>
  services[0].call("PATCH", "/v1/items/a", { json: { text: textOfKind(1) } }).then(({ status }) => status);
const importLines = async (): Promise<number> => {
  const lines = ["x", "a", "y"].map((id) => JSON.stringify({ id, text: textOfKind(1) })).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  const { json, status } = await services[0].call("POST", "/v1/import/items", { body: lines, headers });
  expect([json.accepted, json.refused]).toEqual([3, 0]);
  return status;
};

it.each([
  ["PUT", put],
  ["PATCH", patch],
  ["import", importLines],
])("another picture comes during a %s without one", async (_, write) => {
  await putPicture("right", 2);
  await putPicture("a", 1);
  meanwhile = () => putPicture("a", 2);
  expect(await write()).toBe(200);
  expect((await store.item("a"))?.text).toBe(textOfKind(1));
  expect(await store.picture("a")).toEqual(await pictureOfKind(2));
  expect(await imageOf("a")).toEqual(await imageOf("right"));
  const { json } = await services[0].call("GET", "/v1/items/a/similar?by=image&count=3");
  const ofRun = json.items.map(({ id }) => id).filter((id) => id !== "right");
  expect(ofRun.map(kindOf)).toEqual(ofRun.map(() => 2));
});

it("a picture comes during the PUT of an item that was new", async () => {
  await putPicture("right", 2);
  meanwhile = () => putPicture("a", 2);
  expect(await put()).toBe(200);
  expect(await imageOf("a")).toEqual(await imageOf("right"));
});

it("an item is deleted, with its picture, during a PUT without one", async () => {
  await putPicture("a", 2);
  meanwhile = () => services[1].call("DELETE", "/v1/items/a");
  expect(await put()).toBe(200);
  expect(await store.picture("a")).toBeUndefined();
  expect(await imageOf("a")).toBeUndefined();
});

it("a write is given up while others keep replacing the picture", async () => {
  let kind = 0;
  const again = async (): Promise<void> => {
    meanwhile = again;
    await putPicture("a", kind++ % 3);
  };
  meanwhile = again;
  expect(await put()).toBe(503);
});
