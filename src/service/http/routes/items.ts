/** The catalogue, one item at a time. */
import { z } from "@hono/zod-openapi";
import type { AddEndpoint } from "../endpoint.ts";
import { patchedItem, patchFeatures } from "../item-patch.ts";
import { checkFeatures, encodable, mostItemBytes, noSuchItem, notInStore, shownItem, writeOf } from "../item-wire.ts";
import { itemBody, itemId, itemPatch, itemSchema, outcomeSchema } from "../schemas.ts";
import type { Service } from "../service.ts";

const ofItem = z.object({ item: itemId });

export function addItems(add: AddEndpoint, { store, living }: Service): void {
  /** What the model alone knows of an item; undefined for one that it does not know, or that was deleted. */
  const ofModel = (id: string): z.input<typeof itemSchema> | undefined => {
    const known = living.trainedItem(id);
    if (known === undefined) return undefined;
    const { title, categories, modalities, hasPicture } = known;
    return {
      id,
      source: "model",
      title,
      categories: [...categories],
      attributes: {},
      hasPicture,
      modalities: [...modalities],
      recommendable: true,
    };
  };

  add(
    {
      method: "get",
      path: "/v1/items/{item}",
      scope: "read",
      id: "getItem",
      summary: "What is known of an item: what the store has, else what the model was trained with",
      params: ofItem,
      returns: { schema: itemSchema },
      problems: ["not-found"],
    },
    async ({ params, context }) => {
      const stored = await store.item(params.item);
      const item = stored === undefined ? ofModel(params.item) : shownItem(stored, living.served.has(stored.id));
      if (item === undefined) throw noSuchItem();
      return context.json(item);
    },
  );
  add(
    {
      method: "put",
      path: "/v1/items/{item}",
      scope: "write",
      id: "putItem",
      summary: "Adds an item, or says all of it anew; it can be recommended when this is answered",
      params: ofItem,
      body: itemBody,
      mostBytes: mostItemBytes,
      returns: { schema: outcomeSchema },
    },
    async ({ params, body, context }) => {
      const write = writeOf(params.item, body);
      checkFeatures(write.features, living);
      const [outcome] = await encodable(living.putItems([write]));
      return context.json(outcome);
    },
  );
  add(
    {
      method: "patch",
      path: "/v1/items/{item}",
      scope: "write",
      id: "patchItem",
      summary: "Changes some of what the store has of an item (a JSON merge patch, RFC 7396)",
      description: "An item that only the model knows has to be put first.",
      params: ofItem,
      body: itemPatch,
      types: ["application/merge-patch+json", "application/json"],
      mostBytes: mostItemBytes,
      returns: { schema: outcomeSchema },
      problems: ["not-found", "conflict"],
    },
    async ({ params, body, context }) => {
      checkFeatures(patchFeatures(body), living);
      const outcome = await encodable(living.updateItem(params.item, (before) => patchedItem(before, body)));
      if (outcome === undefined) throw notInStore(params.item, living);
      return context.json(outcome);
    },
  );
  add(
    {
      method: "delete",
      path: "/v1/items/{item}",
      scope: "write",
      id: "deleteItem",
      summary: "Takes an item out of everything for good, also one that only the model knows",
      params: ofItem,
      returns: { status: 204 },
      problems: ["not-found"],
    },
    async ({ params, context }) => {
      if (!(await living.deleteItem(params.item))) throw noSuchItem();
      return context.body(null, 204);
    },
  );
}
