/** What is known of a user: all of it on request, and its erasure. */
import { z } from "@hono/zod-openapi";
import type { AddEndpoint } from "../endpoint.ts";
import { linesType } from "../lines.ts";
import { erasureSchema, userId } from "../schemas.ts";
import type { Service } from "../service.ts";

const ofUser = z.object({ user: userId });

export function addUsers(add: AddEndpoint, { store, living }: Service): void {
  add(
    {
      method: "get",
      path: "/v1/users/{user}/export",
      scope: "admin",
      id: "exportUser",
      summary: "Everything known about a user, JSON a line",
      description: "First what the served model was trained with, then the interactions of the store.",
      params: ofUser,
      returns: { schema: z.string(), type: linesType },
    },
    async ({ params: { user }, context }) => {
      const { version, trainedUser } = living.served;
      const trained = trainedUser(user, await store.erasedAt(user));
      const first = trained === undefined ? [] : [{ source: "model", version, ...trained }];
      const blocks = store.userInteractions(user)[Symbol.asyncIterator]();
      const encoder = new TextEncoder();
      const lines = (list: readonly object[]): Uint8Array =>
        encoder.encode(list.map((one) => `${JSON.stringify(one)}\n`).join(""));
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(lines(first)),
        pull: async (controller) => {
          const next = await blocks.next();
          if (next.done === true) return controller.close();
          controller.enqueue(
            lines(next.value.map(({ at, ...one }) => ({ source: "store", ...one, at: new Date(at).toISOString() }))),
          );
        },
        cancel: async () => {
          await blocks.return?.();
        },
      });
      return context.body(body, 200, { "content-type": linesType });
    },
  );
  add(
    {
      method: "delete",
      path: "/v1/users/{user}",
      scope: "admin",
      id: "eraseUser",
      summary: "Erases a user with everything known about them; models trained before forget them too",
      params: ofUser,
      returns: { schema: erasureSchema },
    },
    async ({ params: { user }, context }) => context.json({ user, interactions: await living.eraseUser(user) }),
  );
}
