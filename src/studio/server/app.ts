/**
 * The studio as one HTTP application, to be served alone or mounted below a path of another one: a read-only JSON API under `api/`, pictures, and the
 * page. Everything is answered from this machine; the security policy of the page allows no other.
 */
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

/** How often a training that runs is looked at. */
const pollMilliseconds = 1000;

const policy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join("; ");

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

function failureOf(error: unknown): Failure {
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

/** @param report is told of faults that are the studio's own */
export function createStudioApp(studio: Studio, report: (error: unknown) => void): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("Content-Security-Policy", policy);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Referrer-Policy", "no-referrer");
  });
  app.onError((error, context) => {
    const failure = failureOf(error);
    if (failure.status === 500) report(error);
    return context.json(failure, failure.status as ContentfulStatusCode, {
      "Content-Type": "application/problem+json",
    });
  });

  app.get("/api/studio", async (context) => context.json(await studio.summary()));
  app.get("/api/runs/:run/items", async (context) => {
    const query = parsed(wallQuerySchema, context.req.query());
    const { catalogue } = await studio.run(context.req.param("run"));
    return context.json(catalogue.wall(query));
  });
  app.get("/api/runs/:run/categories", async (context) => {
    const { catalogue } = await studio.run(context.req.param("run"));
    return context.json(catalogue.categories());
  });
  app.get("/api/runs/:run/items/:item", async (context) => {
    const { itemPage } = await studio.run(context.req.param("run"));
    return context.json(itemPage(context.req.param("item")));
  });
  app.get("/api/runs/:run/pictures/:size/:item", async (context) => {
    const wanted = context.req.param("size");
    const size = pictureSizes.find((known) => String(known) === wanted);
    if (size === undefined) {
      throw new HTTPException(404, { message: `pictures come in ${pictureSizes.join(", ")} pixels, found ${wanted}` });
    }
    const { pictures, catalogue } = await studio.run(context.req.param("run"));
    const id = context.req.param("item");
    catalogue.indexOf(id);
    const picture = await pictures.read(id, size);
    if (picture === undefined) throw new HTTPException(404, { message: `item ${JSON.stringify(id)} has no picture` });
    return context.body(picture, 200, { "Content-Type": "image/webp", "Cache-Control": "private, max-age=86400" });
  });
  app.get("/api/runs/:run/users", async (context) => {
    const { query, limit } = parsed(usersQuerySchema, context.req.query());
    const { people } = await studio.run(context.req.param("run"));
    return context.json(people.users(query, limit));
  });
  app.get("/api/runs/:run/health", async (context) => context.json(await studio.health(context.req.param("run"))));
  app.get("/api/comparison", (context) => context.json(studio.comparison()));
  app.get("/api/trainings/:run", (context) => {
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
  app.get("/api/runs/:run/map", async (context) => {
    const { maps } = await studio.run(context.req.param("run"));
    return context.json(maps.answer());
  });
  app.get("/api/runs/:run/people", async (context) => {
    const query = personOf(context);
    const { people } = await studio.run(context.req.param("run"));
    return context.json(people.person(query));
  });
  app.get("/api/runs/:run/explanations/:item", async (context) => {
    const query = personOf(context);
    const { people } = await studio.run(context.req.param("run"));
    return context.json(people.explain(query, context.req.param("item")));
  });
  app.all("/api/*", (context) => {
    throw new HTTPException(404, { message: `the studio has no ${context.req.method} ${context.req.path}` });
  });
  app.get("*", async (context) => {
    const file = await pageFile(context.req.path);
    return context.body(file.bytes, 200, { "Content-Type": file.type, "Cache-Control": file.caching });
  });
  return app;
}
