/** Pictures of items. */
import { z } from "@hono/zod-openapi";
import type { ItemWrite, StoredItem } from "../../store/store.ts";
import { readBytes, wantType } from "../body.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { encodable, notInStore } from "../item-wire.ts";
import { Problem } from "../problem.ts";
import { itemId, outcomeSchema } from "../schemas.ts";
import type { Service } from "../service.ts";

const ofItem = z.object({ item: itemId });
const mostPictureBytes = 20_000_000;
const pictureTypes = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/tiff"];

export function addPictures(add: AddEndpoint, { store, living }: Service): void {
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
      if (picture === undefined) throw new Problem("not-found", "The store has no picture of that item");
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
      problems: ["not-found", "conflict", "invalid"],
    },
    async ({ params, context }) => {
      wantType(context, pictureTypes);
      const picture = await readBytes(context, mostPictureBytes);
      if (picture.length === 0) throw new Problem("invalid", "The body is empty; it has to be a picture file");
      const given = ({ pictureDigest: _, ...rest }: StoredItem): ItemWrite => ({ ...rest, picture });
      const outcome = await encodable(living.updateItem(params.item, given));
      if (outcome === undefined) throw notInStore(params.item, living);
      return context.json(outcome);
    },
  );
}
