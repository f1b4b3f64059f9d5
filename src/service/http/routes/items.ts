/** The catalogue: single items, their pictures, and all of them as lines. */
import { z } from "@hono/zod-openapi";
import { UnencodableItem } from "../../living/living-model.ts";
import type { ItemWrite, StoredItem } from "../../store/store.ts";
import { readBytes, wantType } from "../body.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { importLines, linesType } from "../lines.ts";
import { Problem } from "../problem.ts";
import { importOutcome, itemBody, itemId, itemLine, itemSchema, outcomeSchema } from "../schemas.ts";
import type { Service } from "../service.ts";

const ofItem = z.object({ item: itemId });
const mostItemBytes = 32_000_000;
const mostPictureBytes = 20_000_000;
const pictureTypes = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/tiff"];

const noSuchItem = (): Problem => new Problem("not-found", "There is no item of that id");

function writeOf(id: string, body: z.output<typeof itemBody>): ItemWrite {
  const { title, text, categories = [], attributes = {}, picture, features = {}, expiresAt } = body;
  return {
    id,
    title,
    text,
    categories,
    attributes,
    ...(picture === undefined ? {} : { picture: picture === null ? null : Buffer.from(picture, "base64") }),
    features: Object.fromEntries(Object.entries(features).map(([name, values]) => [name, Float32Array.from(values)])),
    encoded: { by: "", features: {} },
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
  };
}

/** @throws Problem where the picture is none */
async function encodable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UnencodableItem) throw new Problem("invalid", error.message);
    throw error;
  }
}

export function addItems(add: AddEndpoint, { store, living, mostImportBytes }: Service): void {
  const shown = ({ encoded, features, expiresAt, ...item }: StoredItem): z.input<typeof itemSchema> => ({
    ...item,
    attributes: Object.fromEntries(
      Object.entries(item.attributes).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
    ) as z.input<typeof itemSchema>["attributes"],
    categories: [...item.categories],
    modalities: [...new Set([...Object.keys(encoded.features), ...Object.keys(features)])],
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    recommendable: living.served.has(item.id),
  });
  const checkFeatures = ({ features }: ItemWrite): string | undefined => {
    const { modalities } = living.served;
    for (const [name, values] of Object.entries(features)) {
      const columns = modalities.get(name);
      if (columns === undefined) {
        return `features/${name}: the model takes ${modalities.size === 0 ? "no features of items" : [...modalities.keys()].join(", ")}`;
      }
      if (values.length !== columns) return `features/${name}: found ${values.length} values, expected ${columns}`;
      if (!values.every(Number.isFinite)) return `features/${name}: a value is no float32 number`;
    }
    return undefined;
  };

  add(
    {
      method: "get",
      path: "/v1/items/{item}",
      scope: "read",
      id: "getItem",
      summary: "What the store has of an item",
      params: ofItem,
      returns: { schema: itemSchema },
      problems: ["not-found"],
    },
    async ({ params, context }) => {
      const item = await store.item(params.item);
      if (item === undefined) throw noSuchItem();
      return context.json(shown(item));
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
      const fault = checkFeatures(write);
      if (fault !== undefined) throw new Problem("invalid", `body/${fault}`);
      const [outcome] = await encodable(living.putItems([write]));
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
  add(
    {
      method: "get",
      path: "/v1/items/{item}/picture",
      scope: "read",
      id: "getPicture",
      summary: "An item's picture, as it was given",
      params: ofItem,
      returns: { schema: z.string().openapi({ format: "binary" }), type: "application/octet-stream" },
      problems: ["not-found"],
    },
    async ({ params, context }) => {
      const picture = await store.picture(params.item);
      if (picture === undefined) throw new Problem("not-found", "There is no picture of that item");
      return context.body(new Uint8Array(picture), 200, { "content-type": "application/octet-stream" });
    },
  );
  add(
    {
      method: "put",
      path: "/v1/items/{item}/picture",
      scope: "write",
      id: "putPicture",
      summary: "Gives an item of the store another picture",
      params: ofItem,
      stream: pictureTypes,
      returns: { schema: outcomeSchema },
      problems: ["not-found", "invalid"],
    },
    async ({ params, context }) => {
      wantType(context, pictureTypes);
      const picture = await readBytes(context, mostPictureBytes);
      if (picture.length === 0) throw new Problem("invalid", "The body is empty; it has to be a picture file");
      const item = await store.item(params.item);
      if (item === undefined) throw noSuchItem();
      const { hasPicture: _, ...rest } = item;
      const [outcome] = await encodable(living.putItems([{ ...rest, picture }]));
      return context.json(outcome);
    },
  );
  add(
    {
      method: "post",
      path: "/v1/import/items",
      scope: "write",
      id: "importItems",
      summary: "Many items, JSON a line: an id and what putItem takes",
      description: "Lines that cannot be taken are told and passed over. What was taken before a failure stays.",
      stream: [linesType],
      returns: { schema: importOutcome },
    },
    async ({ context }) => {
      const outcome = await importLines(context, {
        schema: itemLine,
        longestLine: mostItemBytes,
        most: mostImportBytes,
        batchLines: 200,
        batchBytes: 16_000_000,
        take: async (batch) => {
          const writes = batch.map(({ id, ...body }) => writeOf(id, body));
          const faults = writes.flatMap((write, place) => {
            const detail = checkFeatures(write);
            return detail === undefined ? [] : [{ place, detail: `body/${detail}` }];
          });
          const faulty = new Set(faults.map(({ place }) => place));
          const sound = writes.map((write, place) => ({ write, place })).filter(({ place }) => !faulty.has(place));
          try {
            await living.putItems(sound.map(({ write }) => write));
          } catch (error) {
            if (!(error instanceof UnencodableItem)) throw error;
            // One picture that is none does not keep the others out: each for itself.
            for (const { write, place } of sound) {
              try {
                await living.putItems([write]);
              } catch (fault) {
                if (!(fault instanceof UnencodableItem)) throw fault;
                faults.push({ place, detail: fault.message });
              }
            }
          }
          return faults;
        },
      });
      return context.json(outcome);
    },
  );
  add(
    {
      method: "get",
      path: "/v1/export/items",
      scope: "read",
      id: "exportItems",
      summary: "All items of the store, JSON a line",
      returns: { schema: z.string(), type: linesType },
    },
    ({ context }) => {
      const blocks = store.items()[Symbol.asyncIterator]();
      const encoder = new TextEncoder();
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          const next = await blocks.next();
          if (next.done === true) controller.close();
          else
            controller.enqueue(encoder.encode(next.value.map((item) => `${JSON.stringify(shown(item))}\n`).join("")));
        },
        cancel: async () => {
          await blocks.return?.();
        },
      });
      return context.body(body, 200, { "content-type": linesType });
    },
  );
}
