/** Access keys: made, listed without their secrets, revoked. */
import { z } from "@hono/zod-openapi";
import { createKey } from "../../access/api-keys.ts";
import type { StoredKey } from "../../store/store.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { Problem } from "../problem.ts";
import { createdKeySchema, keyBody, keySchema } from "../schemas.ts";
import type { Service } from "../service.ts";

const time = (at: number | undefined, name: "expiresAt" | "revokedAt") =>
  at === undefined ? {} : { [name]: new Date(at).toISOString() };

const shown = ({ id, name, scope, createdAt, expiresAt, revokedAt }: StoredKey): z.input<typeof keySchema> => ({
  id,
  name,
  scope,
  createdAt: new Date(createdAt).toISOString(),
  ...time(expiresAt, "expiresAt"),
  ...time(revokedAt, "revokedAt"),
});

export function addKeys(add: AddEndpoint, { store, keys, now }: Service): void {
  add(
    {
      method: "get",
      path: "/v1/keys",
      scope: "admin",
      id: "listKeys",
      summary: "The keys there are, without their secrets",
      returns: { schema: z.object({ keys: z.array(keySchema) }) },
    },
    async ({ context }) => context.json({ keys: (await store.keys()).map(shown) }),
  );
  add(
    {
      method: "post",
      path: "/v1/keys",
      scope: "admin",
      id: "createKey",
      summary: "Makes a key; it is shown this once",
      body: keyBody,
      returns: { status: 201, schema: createdKeySchema },
    },
    async ({ body: { scope, name, expiresAt }, context }) => {
      const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const { key, stored } = await createKey(store, { scope, name, expiresAt: expires }, now());
      keys.forget();
      return context.json({ ...shown(stored), key }, 201);
    },
  );
  add(
    {
      method: "delete",
      path: "/v1/keys/{key}",
      scope: "admin",
      id: "revokeKey",
      summary: "Revokes a key, here at once and in other processes within seconds",
      params: z.object({ key: z.string().regex(/^[0-9a-f]{16}$/) }),
      returns: { status: 204 },
      problems: ["not-found"],
    },
    async ({ params, context }) => {
      if (!(await store.revokeKey(params.key, now()))) throw new Problem("not-found", "There is no such key");
      keys.forget();
      return context.body(null, 204);
    },
  );
}
