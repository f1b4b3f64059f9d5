/**
 * The studio as one HTTP application, to be served alone or below a path of another one: a read-only JSON API under `api/`, pictures, and the
 * page. Everything is answered from this machine; the security policy of the page allows no other. Who may ask is for whoever serves it to say: the page
 * itself holds nothing of a catalogue, everything under `api/` does.
 */
import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { ConfigError, LatticeworkError } from "../../errors.ts";
import { type Failure, type PersonQuery, personQuerySchema, usersQuerySchema, wallQuerySchema } from "../api.ts";
import { pageFile } from "./page-files.ts";
import { pictureSizes } from "./pictures.ts";
import type { Studio } from "./studio.ts";

export interface StudioAppOptions {
  /** Is told of faults that are the studio's own. */
  readonly report: (error: unknown) => void;
  /** Path below which it is mounted, beginning with a slash. Default: none. */
  readonly at?: string | undefined;
  /** What errors of the studio mean that it does not know itself. */
  readonly failureOf?: ((error: unknown) => Failure | undefined) | undefined;
}

/** How often a training that runs is looked at. */
const pollMilliseconds = 1000;

const pagePolicy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/** @throws HTTPException 400 naming the parameter */
function parsed<T>(schema: z.ZodType<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HTTPException(400, {
    message: `${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "not as expected"}`,
  });
}

/** `?user=ID`, or `?item=ID&item=ID…` for a session. */
function personOf({ req }: Context): PersonQuery {
  const user = req.query("user");
  return parsed(personQuerySchema, user === undefined ? { items: req.queries("item") ?? [] } : { user });
}

function usualFailure(error: unknown): Failure {
  if (error instanceof HTTPException) {
    return { title: error.status === 404 ? "Not found" : "Bad request", status: error.status, detail: error.message };
  }
  if (error instanceof ConfigError) return { title: "Not found", status: 404, detail: error.message };
  if (error instanceof LatticeworkError) return { title: "Cannot be shown", status: 409, detail: error.message };
  return {
    title: "The studio failed",
    status: 500,
    detail: "Something went wrong in the studio; its terminal says what.",
  };
}

/** A picture, or that it is the one that the browser has: pictures of a living catalogue change. */
function pictureAnswer(context: Context, picture: Uint8Array<ArrayBuffer>): Response {
  const tag = `"${createHash("sha256").update(picture).digest("base64url")}"`;
  const headers = { "Cache-Control": "private, no-cache", ETag: tag };
  if (context.req.header("If-None-Match") === tag) return context.body(null, 304, headers);
  return context.body(picture, 200, { ...headers, "Content-Type": "image/webp" });
}

export function createStudioApp(studio: Studio, { report, at = "", failureOf }: StudioAppOptions): Hono {
  const app = new Hono().basePath(at === "" ? "/" : at);
  const headersWith =
    (policy: string) =>
    async (context: Context, next: () => Promise<void>): Promise<void> => {
      await next();
      context.header("Content-Security-Policy", policy);
      context.header("X-Content-Type-Options", "nosniff");
      context.header("Referrer-Policy", "no-referrer");
      context.header("Cross-Origin-Resource-Policy", "same-origin");
    };
  const failed = (context: Context, error: unknown): Response => {
    const failure = failureOf?.(error) ?? usualFailure(error);
    if (failure.status === 500) report(error);
    return context.json(failure, failure.status as ContentfulStatusCode, {
      "Content-Type": "application/problem+json",
    });
  };
  app.onError((error, context) => failed(context, error));
  app.use("/api/*", headersWith(dataPolicy));

  app.get("/api/studio", async (context) => context.json(await studio.summary()));
  app.get("/api/runs/:run/items", async (context) => {
    const query = parsed(wallQuerySchema, context.req.query());
    return context.json(await studio.wall(context.req.param("run"), query));
  });
  app.get("/api/runs/:run/categories", async (context) =>
    context.json(await studio.categories(context.req.param("run"))),
  );
  app.get("/api/runs/:run/items/:item", async (context) =>
    context.json(await studio.item(context.req.param("run"), context.req.param("item"))),
  );
  app.get("/api/runs/:run/pictures/:size/:item", async (context) => {
    const wanted = context.req.param("size");
    const size = pictureSizes.find((known) => String(known) === wanted);
    if (size === undefined) {
      throw new HTTPException(404, { message: `pictures come in ${pictureSizes.join(", ")} pixels, found ${wanted}` });
    }
    const id = context.req.param("item");
    const picture = await studio.picture(context.req.param("run"), id, size);
    if (picture === undefined) throw new HTTPException(404, { message: `item ${JSON.stringify(id)} has no picture` });
    return pictureAnswer(context, picture);
  });
  app.get("/api/runs/:run/users", async (context) => {
    const { query, limit } = parsed(usersQuerySchema, context.req.query());
    return context.json(await studio.users(context.req.param("run"), query, limit));
  });
  app.get("/api/runs/:run/health", async (context) => context.json(await studio.health(context.req.param("run"))));
  app.get("/api/comparison", (context) => context.json(studio.comparison()));
  app.get("/api/runs/:run/training", (context) => context.json(studio.training(context.req.param("run"))));
  app.get("/api/runs/:run/training/stream", (context) => {
    const name = context.req.param("run");
    let told = JSON.stringify(studio.training(name));
    return streamSSE(context, async (stream) => {
      await stream.writeSSE({ data: told });
      while (!stream.aborted && studio.training(name).status === "unfinished") {
        await stream.sleep(pollMilliseconds);
        const now = JSON.stringify(studio.training(name));
        if (now !== told) await stream.writeSSE({ data: now });
        told = now;
      }
    });
  });
  app.get("/api/runs/:run/map", async (context) => context.json(await studio.map(context.req.param("run"))));
  app.get("/api/runs/:run/people", async (context) => {
    const query = personOf(context);
    return context.json(await studio.person(context.req.param("run"), query));
  });
  app.get("/api/runs/:run/explanations/:item", async (context) => {
    const query = personOf(context);
    return context.json(await studio.explain(context.req.param("run"), query, context.req.param("item")));
  });
  app.all("/api/*", (context) => {
    throw new HTTPException(404, { message: `the studio has no ${context.req.method} ${context.req.path}` });
  });
  app.get("*", headersWith(pagePolicy), async (context) => {
    const file = await pageFile(context.req.path);
    return context.body(file.bytes, 200, { "Content-Type": file.type, "Cache-Control": file.caching });
  });
  return app;
}
