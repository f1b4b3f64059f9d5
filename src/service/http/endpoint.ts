/**
 * An endpoint is one description: its place in the OpenAPI document, who may call it, what it takes and what it does. Everything is checked before
 * the handler runs, in this order: the caller, the path, the query, the body.
 */

import type { HttpBindings } from "@hono/node-server";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context, Handler } from "hono";
import type { Caller, Gate } from "../access/gate.ts";
import type { Scope } from "../store/store.ts";
import { type BodyTimes, readJson } from "./body.ts";
import { type FieldProblem, Problem, type ProblemKind, problemKinds, problemSchema, problemType } from "./problem.ts";
import { strictObject } from "./strict-object.ts";

export interface ServiceEnv {
  readonly Bindings: HttpBindings & { readonly record: RequestRecord; readonly bodyTimes: BodyTimes };
}

/** What is known of a request, for logs and figures: never ids, values or bodies. */
export interface RequestRecord {
  route: string;
  key: string | undefined;
}

export type ServiceContext = Context<ServiceEnv>;
export type ServiceApp = OpenAPIHono<ServiceEnv>;

type Shape = z.ZodType;

export interface EndpointInput<P extends Shape, Q extends Shape, B extends Shape> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  readonly caller: Caller;
  readonly context: ServiceContext;
}

interface EndpointDescription<P extends z.ZodObject, Q extends z.ZodObject, B extends Shape> {
  readonly method: "get" | "put" | "post" | "patch" | "delete";
  /** With {names}. */
  readonly path: string;
  /** Undefined: for everybody. */
  readonly scope: Scope | undefined;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  /** JSON; an endpoint that reads its body itself says so in `stream`. */
  readonly body?: B;
  /** Bytes of a JSON body, at most. */
  readonly mostBytes?: number;
  /** Content types of a body that the handler reads itself. */
  readonly stream?: readonly string[];
  readonly headers?: z.ZodObject;
  /** What comes back, with the status of success. */
  readonly returns: { readonly status?: 200 | 201 | 202 | 204; readonly schema?: Shape; readonly type?: string };
  /** Kinds of problem beside those that every endpoint has. */
  readonly problems?: readonly ProblemKind[];
}

const none = strictObject({});
/** Who calls what is for everybody. */
const nobody: Caller = { id: "", scope: "read" };
const defaultMostBytes = 1_000_000;

/** The first ones: a body may have a million faults. */
const mostFieldProblems = 20;

function fieldProblems(place: string, error: z.ZodError): FieldProblem[] {
  return error.issues.slice(0, mostFieldProblems).map(({ path, message }) => ({
    at: [place, ...path.map((part) => String(part).slice(0, 64))].join("/"),
    message: message.slice(0, 500),
  }));
}

/** @throws Problem naming what is wrong and where */
export function checked<T extends Shape>(schema: T, value: unknown, place: "path" | "query" | "body"): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldProblems(place, parsed.error);
  const [first] = errors;
  throw new Problem(place === "body" ? "invalid" : "bad-request", `${first?.at ?? place}: ${first?.message ?? ""}`, {
    errors,
  });
}

function queryOf(context: ServiceContext): Record<string, string | readonly string[]> {
  const found: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(context.req.queries()))
    found[name] = values.length === 1 ? values[0] : values;
  return found;
}

const problemOf = (kind: ProblemKind) =>
  [
    problemKinds[kind].status,
    { description: problemKinds[kind].title, content: { [problemType]: { schema: problemSchema } } },
  ] as const;

/** Adds endpoints to an app, all behind one gate. */
export function endpointsOf(app: ServiceApp, gate: Gate) {
  return <P extends z.ZodObject = typeof none, Q extends z.ZodObject = typeof none, B extends Shape = z.ZodUndefined>(
    description: EndpointDescription<P, Q, B>,
    handle: (input: EndpointInput<P, Q, B>) => Response | Promise<Response>,
  ): void => {
    const { method, path, scope, params, query, body, stream, returns } = description;
    const takesBody = body !== undefined || stream !== undefined;
    const problems: ProblemKind[] = [
      "bad-request",
      ...(scope === undefined ? [] : (["unauthorised", "forbidden", "too-many"] as const)),
      ...(takesBody ? (["timeout", "too-large", "unsupported-type"] as const) : []),
      ...(body === undefined ? [] : (["invalid"] as const)),
      "unavailable",
      ...(description.problems ?? []),
    ];
    const content =
      returns.schema === undefined ? {} : { [returns.type ?? "application/json"]: { schema: returns.schema } };
    const bodyContent = Object.fromEntries(
      (stream ?? ["application/json"]).map((type) => [
        type,
        { schema: body ?? z.string().openapi({ format: "binary" }) },
      ]),
    );
    const route = createRoute({
      method,
      path,
      operationId: description.id,
      summary: description.summary,
      ...(description.description === undefined ? {} : { description: description.description }),
      ...(scope === undefined ? { security: [] } : { security: [{ key: [] }], "x-scope": scope }),
      request: {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        ...(description.headers === undefined ? {} : { headers: description.headers }),
        ...(takesBody ? { body: { required: true, content: bodyContent } } : {}),
      },
      responses: {
        [returns.status ?? 200]: { description: description.summary, content },
        ...Object.fromEntries(problems.map(problemOf)),
      },
    });
    app.openAPIRegistry.registerPath(route);
    const answer = (context: ServiceContext, caller: Caller): Response | Promise<Response> => {
      const given = {
        params: (params === undefined ? undefined : checked(params, context.req.param(), "path")) as z.output<P>,
        query: (context.env.incoming.url?.includes("?") === true
          ? checked(query ?? none, queryOf(context), "query")
          : {}) as z.output<Q>,
        caller,
        context,
      };
      if (body === undefined) return handle({ ...given, body: undefined as z.output<B> });
      return readJson(context, description.mostBytes ?? defaultMostBytes).then((value) =>
        handle({ ...given, body: checked(body, value, "body") }),
      );
    };
    // Nothing is awaited that is at hand: an answer from the cache then leaves within the turn in which its request came.
    const respond: Handler<ServiceEnv> = (context) => {
      const { record, incoming } = context.env;
      record.route = path;
      if (scope === undefined) return answer(context, nobody);
      const { authorization, host } = incoming.headers;
      const admitted = gate.admit({ authorization, host, address: incoming.socket.remoteAddress }, scope);
      const go = (caller: Caller): Response | Promise<Response> => {
        record.key = caller.id;
        return answer(context, caller);
      };
      return admitted instanceof Promise ? admitted.then(go) : go(admitted);
    };
    app.on(method.toUpperCase(), route.getRoutingPath(), respond);
  };
}

export type AddEndpoint = ReturnType<typeof endpointsOf>;
