/**
 * A process that answers: the service on a run, with or without its cache, or a bare handler of the same framework that returns a list of the same
 * size, at once or after the engine has ranked all items for a user. It says where it listens, and how much processor time and memory it has taken when it is asked.
 */
import { serve as serveBare } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import { createKey } from "../../src/service/access/api-keys.ts";
import { openLog } from "../../src/service/log.ts";
import { serve } from "../../src/service/serve.ts";
import { openSqliteStore } from "../../src/service/store/sqlite-store.ts";
import { bareRanking } from "./bare-ranking.ts";

const taskSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("bare"), answer: z.string(), ranking: z.string().optional() }),
  z.object({ kind: z.literal("service"), run: z.string(), cacheBytes: z.number(), index: z.boolean().default(false) }),
]);

export interface Listening {
  readonly port: number;
  readonly key: string;
}

export interface Taken {
  /** Microseconds of processor time. */
  readonly processor: number;
  readonly bytes: number;
}

async function listen(task: z.output<typeof taskSchema>): Promise<Listening> {
  if (task.kind === "bare") {
    const app = new Hono();
    const { answer, ranking } = task;
    const rank = ranking === undefined ? undefined : await bareRanking(ranking);
    app.all("/*", (context) => {
      rank?.();
      return context.body(answer, 200, { "content-type": "application/json" });
    });
    return new Promise((resolve) => {
      serveBare({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve({ port, key: "" }));
    });
  }
  const store = openSqliteStore(":memory:");
  const { key } = await createKey(store, { scope: "read" }, Date.now());
  const { logger } = openLog("info", "/dev/null");
  const service = await serve({
    store,
    run: task.run,
    port: 0,
    logger,
    requestsPerSecond: 1_000_000,
    cacheBytes: task.cacheBytes,
    index: task.index ? {} : undefined,
  });
  return { port: service.port, key };
}

process.on("message", (message: unknown) => {
  if (message !== "taken") return;
  const { user, system } = process.cpuUsage();
  process.send?.({ processor: user + system, bytes: process.memoryUsage().rss } satisfies Taken);
});
process.on("disconnect", () => process.exit());
const listening = await listen(taskSchema.parse(JSON.parse(process.argv[2] ?? "null")));
process.send?.(listening);
