/** All endpoints as one app: a function from requests to responses, and the OpenAPI document of it. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { packageVersion } from "../../runs/environment.ts";
import type { Gate } from "../access/gate.ts";
import { StoreUnavailable } from "../store/store.ts";
import { endpointsOf, type ServiceApp, type ServiceEnv } from "./endpoint.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { Problem, problemDocument } from "./problem.ts";
import { addInteractions } from "./routes/interactions.ts";
import { addItemLines } from "./routes/item-lines.ts";
import { addItems } from "./routes/items.ts";
import { addKeys } from "./routes/keys.ts";
import { addModels } from "./routes/models.ts";
import { addPictures } from "./routes/pictures.ts";
import { addRecommendations } from "./routes/recommendations.ts";
import { addState } from "./routes/state.ts";
import { addStudio, type StudioRoutes } from "./routes/studio.ts";
import { addUsers } from "./routes/users.ts";
import type { Service } from "./service.ts";

export interface AppOptions {
  readonly service: Service;
  readonly gate: Gate;
  readonly metrics: ServiceMetrics;
  /** Origins whose pages may call; none: no page of another origin may. */
  readonly origins: readonly string[];
  /** The studio; absent where this service shows none. */
  readonly studio?: StudioRoutes | undefined;
  /** Told of faults that are ours. */
  readonly onFault: (error: Error) => void;
}

const storeRetrySeconds = 2;

function problemOf(error: Error): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable) {
    return new Problem("unavailable", "The store cannot be reached or cannot write now; try again", {
      retryAfterSeconds: storeRetrySeconds,
    });
  }
  return undefined;
}

export function createApp({ service, gate, metrics, origins, studio, onFault }: AppOptions): ServiceApp {
  const app = new OpenAPIHono<ServiceEnv>();
  const respond = (problem: Problem): Response => {
    const { status, headers, body } = problemDocument(problem);
    return new Response(body, { status, headers });
  };
  app.onError((error) => {
    const problem = problemOf(error);
    if (problem !== undefined) return respond(problem);
    onFault(error);
    return respond(
      new Problem("internal", "Something went wrong here, not with the request; it has been written down"),
    );
  });
  if (origins.length > 0) {
    app.use("*", cors({ origin: [...origins], allowMethods: ["GET", "PUT", "PATCH", "POST", "DELETE"], maxAge: 600 }));
  }
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "A key made with latticework key create. Scope admin may do what write may, write what read may.",
  });
  const { add, refusal } = endpointsOf(app, gate);
  addRecommendations(add, service);
  addItems(add, service);
  addPictures(add, service);
  addItemLines(add, service);
  addInteractions(add, service);
  addUsers(add, service);
  addModels(add, service);
  addKeys(add, service);
  addState(add, service, metrics.registry, () => documentOf(app));
  if (studio !== undefined) addStudio(app, gate, studio);
  app.notFound((context) => respond(refusal(context)));
  return app;
}

export const documentOf = (app: ServiceApp): object =>
  app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Latticework",
      version: packageVersion,
      description:
        "Recommendations with reasons for a living catalogue. Ids stand percent-encoded in paths. Refusals are problem documents (RFC 9457). A method that an address does not have is answered 405, with those that it has in Allow.",
    },
  });
