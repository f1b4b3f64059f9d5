/** What users did: appended, each key once. */
import { randomUUID } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { StoredInteraction } from "../../store/store.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { importLines, linesType } from "../lines.ts";
import { Problem } from "../problem.ts";
import { importOutcome, interactionLine, interactionsBody, interactionsOutcome } from "../schemas.ts";
import type { Service } from "../service.ts";

type Interaction = z.output<typeof interactionLine>;

const mostLineBytes = 10_000;
const keyHeader = z.string().regex(/^[\x21-\x7e]{1,200}$/);

export function addInteractions(add: AddEndpoint, { living, now, mostImportBytes }: Service): void {
  const stored = (
    { user, item, event = "view", weight = 1, at, key }: Interaction,
    otherwise: string,
  ): StoredInteraction => ({
    key: key ?? otherwise,
    user,
    item,
    event,
    weight,
    at: at === undefined ? now() : Date.parse(at),
  });
  add(
    {
      method: "post",
      path: "/v1/interactions",
      scope: "write",
      id: "addInteractions",
      summary: "What users did; it counts in their next lists",
      description:
        "Sent again with the same Idempotency-Key, or the same keys in the body, it changes nothing: an answer that was lost can be asked for again.",
      headers: z.object({ "idempotency-key": keyHeader.optional() }),
      body: interactionsBody,
      returns: { schema: interactionsOutcome },
    },
    async ({ body: { interactions }, context }) => {
      const given = context.req.header("idempotency-key");
      if (given !== undefined && !keyHeader.safeParse(given).success) {
        throw new Problem("bad-request", "Idempotency-Key has to be 1 to 200 visible ASCII characters");
      }
      const base = given ?? randomUUID();
      const list = interactions.map((one, place) => stored(one, `${base}#${place}`));
      const added = await living.addInteractions(list);
      return context.json({ accepted: added.size, duplicates: list.length - added.size });
    },
  );
  add(
    {
      method: "post",
      path: "/v1/import/interactions",
      scope: "write",
      id: "importInteractions",
      summary: "Many interactions, JSON a line",
      description: "Lines that cannot be taken are told and passed over; those whose key is known change nothing.",
      stream: [linesType],
      returns: { schema: importOutcome },
    },
    async ({ context }) => {
      const outcome = await importLines(context, {
        schema: interactionLine,
        longestLine: mostLineBytes,
        most: mostImportBytes,
        batchLines: 1000,
        batchBytes: 4_000_000,
        take: async (batch) => {
          await living.addInteractions(batch.map((one) => stored(one, randomUUID())));
          return [];
        },
      });
      return context.json(outcome);
    },
  );
}
