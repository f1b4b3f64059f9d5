/** The catalogue as lines: many items into the store at once, and all of them out of it. */
import { z } from "@hono/zod-openapi";
import { UnencodableItem } from "../../living/item-writes.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { featuresFault, mostItemBytes, shownItem, writeOf } from "../item-wire.ts";
import { importLines, linesType } from "../lines.ts";
import { importOutcome, itemLine } from "../schemas.ts";
import type { Service } from "../service.ts";

export function addItemLines(add: AddEndpoint, { store, living, mostImportBytes }: Service): void {
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
            const detail = featuresFault(write.features, living.served.modalities);
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
      summary: "All items of the store, JSON a line; not those that only the model knows",
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
            controller.enqueue(
              encoder.encode(
                next.value.map((item) => `${JSON.stringify(shownItem(item, living.served.has(item.id)))}\n`).join(""),
              ),
            );
        },
        cancel: async () => {
          await blocks.return?.();
        },
      });
      return context.body(body, 200, { "content-type": linesType });
    },
  );
}
