/** What a store of an earlier version holds in the tests of migrations. */
import { createHash } from "node:crypto";
import { pictureDigest } from "./picture-digest.ts";
import type { StoredInteraction, StoredItem, StoredKey, StoredModel } from "./store.ts";
import { interactionWith } from "./store-parts.fixture.ts";

export const picture = Uint8Array.from({ length: 5000 }, (_, n) => n % 251);
export const items: readonly StoredItem[] = [
  {
    id: "lamp",
    title: "Lamp",
    text: "Bright",
    categories: ["Light"],
    attributes: { size: 3, tags: ["a", "b"] },
    expiresAt: 4_000_000_000_000,
    pictureDigest: pictureDigest(picture),
    features: { image: Float32Array.of(1, -2.5) },
    encoded: { by: "one", features: { text: Float32Array.of(0.5, 2), image: Float32Array.of(9) } },
  },
  {
    id: "mug",
    categories: [],
    attributes: {},
    features: {},
    encoded: { by: "", features: {} },
  },
];
export const deletedItem = "gone";
export const interactions: readonly StoredInteraction[] = [
  interactionWith("k1", { item: "lamp" }),
  interactionWith("k2", { item: "mug", event: "return", weight: -0.5, at: 2000 }),
  interactionWith("k3", { user: "bob", item: "lamp", weight: 3, at: 1500 }),
];
export const erasedUser = { id: "eve", hash: createHash("sha256").update("eve").digest("hex"), at: 1800 };
export const changes = [
  { position: 1, kind: "item", id: "lamp" },
  { position: 2, kind: "item", id: "mug" },
  { position: 3, kind: "item", id: deletedItem },
  { position: 4, kind: "user", id: "ann" },
  { position: 5, kind: "user", id: "bob" },
  { position: 6, kind: "erasure", id: "" },
  { position: 7, kind: "model", id: "v2" },
] as const;
export const key: StoredKey = {
  id: "key1",
  name: "shop",
  scope: "write",
  hash: Uint8Array.from({ length: 32 }, (_, n) => n),
  createdAt: 100,
  expiresAt: 4_000_000_000_000,
};
/** The second one is served. */
export const models: readonly StoredModel[] = [
  { version: "v1", folder: "runs/v1", createdAt: 100, note: { recall: 0.1 } },
  { version: "v2", folder: "runs/v2", createdAt: 200, note: { by: "hand" } },
];
export const lease = { name: "retraining", holder: "a machine" };
