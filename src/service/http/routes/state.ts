/** How the service is: alive, ready, in figures; and its own description. */
import { setTimeout } from "node:timers/promises";
import { z } from "@hono/zod-openapi";
import type { Registry } from "prom-client";
import type { AddEndpoint } from "../endpoint.ts";
import { documentPage } from "../openapi-page.ts";
import { Problem } from "../problem.ts";
import type { Service } from "../service.ts";

/** A store that is silent for longer does not answer, whatever comes of it: who asks has other processes to send requests to. */
const mostReadyMilliseconds = 2000;

const stateSchema = z.object({ status: z.literal("ok") }).openapi("State");

export function addState(
  add: AddEndpoint,
  { store, isOpen, living }: Service,
  metrics: Registry,
  document: () => object,
): void {
  add(
    {
      method: "get",
      path: "/healthz",
      scope: undefined,
      id: "health",
      summary: "Whether the process answers",
      returns: { schema: stateSchema },
    },
    ({ context }) => context.json({ status: "ok" }),
  );
  add(
    {
      method: "get",
      path: "/readyz",
      scope: undefined,
      id: "ready",
      summary: "Whether requests should come here: the store answers, and the service is not about to stop",
      returns: { schema: stateSchema },
    },
    async ({ context }) => {
      if (!isOpen()) throw new Problem("unavailable", "The service is about to stop", { retryAfterSeconds: 5 });
      const answers = await Promise.race([
        store.position().then(() => true),
        setTimeout(mostReadyMilliseconds, false, { ref: false }),
      ]);
      if (!answers) throw new Problem("unavailable", "The store does not answer", { retryAfterSeconds: 2 });
      return context.json({ status: "ok" });
    },
  );
  add(
    {
      method: "get",
      path: "/metrics",
      scope: "read",
      id: "metrics",
      summary: "Figures for Prometheus",
      returns: { schema: z.string(), type: "text/plain" },
    },
    async ({ context }) => context.body(await metrics.metrics(), 200, { "content-type": metrics.contentType }),
  );
  let text: string | undefined;
  add(
    {
      method: "get",
      path: "/openapi.json",
      scope: undefined,
      id: "openapi",
      summary: "This description, for programs",
      returns: { schema: z.object({}) },
    },
    ({ context }) => {
      text ??= JSON.stringify(document());
      return context.body(text, 200, { "content-type": "application/json" });
    },
  );
  let page: string | undefined;
  add(
    {
      method: "get",
      path: "/docs",
      scope: undefined,
      id: "docs",
      summary: "This description, for people",
      returns: { schema: z.string(), type: "text/html" },
    },
    ({ context }) => {
      page ??= documentPage(document(), living.served.recommender.similarities);
      return context.body(page, 200, { "content-type": "text/html; charset=utf-8" });
    },
  );
}
