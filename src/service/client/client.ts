/**
 * The service's operations as functions, each named as in the OpenAPI document, with the types of the service's own schemas. Interactions get a key
 * of their own here, so that sending them again after a lost answer counts them once.
 */
import type { z } from "@hono/zod-openapi";
import type {
  createdKeySchema,
  erasureSchema,
  explanationSchema,
  importOutcome,
  interactionLine,
  interactionsOutcome,
  itemBody,
  itemLine,
  itemPatch,
  itemSchema,
  keyBody,
  keySchema,
  listSchema,
  modelsSchema,
  outcomeSchema,
  recommendBody,
  sessionBody,
  similarSchema,
} from "../http/schemas.ts";
import { type Call, type ExchangeOptions, exchange } from "./exchange.ts";

export type ClientOptions = ExchangeOptions;
export type RecommendRules = z.input<typeof recommendBody>;
export type SessionItems = z.input<typeof sessionBody>["items"];
export type PutItem = z.input<typeof itemBody>;
export type PatchItem = z.input<typeof itemPatch>;
type List = z.output<typeof listSchema>;
type ItemOutcome = z.output<typeof outcomeSchema>;
type ImportOutcome = z.output<typeof importOutcome>;
type Lines<T> = Iterable<T> | AsyncIterable<T>;

export interface LatticeworkClient {
  recommend(user: string, rules?: RecommendRules): Promise<List>;
  recommendSession(items: SessionItems, rules?: Omit<z.input<typeof sessionBody>, "items">): Promise<List>;
  similar(
    item: string,
    options?: { readonly by?: string; readonly count?: number },
  ): Promise<z.output<typeof similarSchema>>;
  explain(
    user: string,
    item: string,
    options?: { readonly count?: number },
  ): Promise<z.output<typeof explanationSchema>>;
  /** Undefined where there is none. */
  getItem(item: string): Promise<z.output<typeof itemSchema> | undefined>;
  putItem(item: string, body: PutItem): Promise<ItemOutcome>;
  /** What is not named stays; null takes a field, an attribute or features away. */
  patchItem(item: string, patch: PatchItem): Promise<ItemOutcome>;
  /** @returns whether there was one */
  deleteItem(item: string): Promise<boolean>;
  /** Undefined where there is none. */
  getPicture(item: string): Promise<Uint8Array | undefined>;
  putPicture(item: string, picture: Uint8Array<ArrayBuffer>, type: string): Promise<ItemOutcome>;
  importItems(items: Lines<z.input<typeof itemLine>>): Promise<ImportOutcome>;
  exportItems(): AsyncGenerator<z.output<typeof itemSchema>, void, undefined>;
  /** @param key the same for the same interactions; default: one of its own */
  addInteractions(
    interactions: readonly z.input<typeof interactionLine>[],
    key?: string,
  ): Promise<z.output<typeof interactionsOutcome>>;
  importInteractions(interactions: Lines<z.input<typeof interactionLine>>): Promise<ImportOutcome>;
  exportUser(user: string): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined>;
  eraseUser(user: string): Promise<z.output<typeof erasureSchema>>;
  listModels(): Promise<z.output<typeof modelsSchema>>;
  serveModel(version: string): Promise<z.output<typeof modelsSchema>>;
  retrain(): Promise<{ readonly begun: boolean }>;
  listKeys(): Promise<{ readonly keys: readonly z.output<typeof keySchema>[] }>;
  createKey(key: z.input<typeof keyBody>): Promise<z.output<typeof createdKeySchema>>;
  /** @returns whether there is one */
  revokeKey(key: string): Promise<boolean>;
  /** Whether requests should go there. */
  ready(): Promise<boolean>;
}

const linesType = "application/x-ndjson";
/** Milliseconds; an import is answered when all of it is taken, a version when it is opened. */
const longestWork = 3_600_000;

function linesBody(lines: Lines<unknown>): ReadableStream<Uint8Array> {
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
    },
  });
}

async function* linesOf<T>(response: Response): AsyncGenerator<T, void, undefined> {
  let held = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    const lines = (held + decoder.decode(piece, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line) as T;
  }
  if (held !== "") yield JSON.parse(held) as T;
}

const encoded = encodeURIComponent;
const isMissing = (error: unknown): boolean => error instanceof Error && "status" in error && error.status === 404;

/** @param options where the service is, and the key */
export function createClient(options: ClientOptions): LatticeworkClient {
  const call = (request: Call): Promise<Response> => exchange(options, request);
  const json = async <T>(request: Call): Promise<T> => (await (await call(request)).json()) as T;
  const get = <T>(path: string, query?: Call["query"]): Promise<T> =>
    json({ method: "GET", path, query, repeatable: true });
  const ifThere = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const slow: ClientOptions = { ...options, timeout: options.timeout ?? longestWork };
  const lines = async (path: string, body: Lines<unknown>): Promise<ImportOutcome> => {
    const headers = { "content-type": linesType };
    const response = await exchange(slow, { method: "POST", path, body: linesBody(body), headers, repeatable: false });
    return (await response.json()) as ImportOutcome;
  };

  return {
    recommend: (user, rules = {}) => {
      const path = `/v1/users/${encoded(user)}/recommendations`;
      const names = Object.keys(rules);
      if (names.every((name) => name === "count")) return get(path, { count: rules.count });
      return json({ method: "POST", path, json: rules, repeatable: true });
    },
    recommendSession: (items, rules = {}) =>
      json({ method: "POST", path: "/v1/sessions/recommendations", json: { items, ...rules }, repeatable: true }),
    similar: (item, { by, count } = {}) => get(`/v1/items/${encoded(item)}/similar`, { by, count }),
    explain: (user, item, { count } = {}) => get(`/v1/users/${encoded(user)}/explanations/${encoded(item)}`, { count }),
    getItem: (item) => ifThere(get(`/v1/items/${encoded(item)}`)),
    putItem: (item, body) => json({ method: "PUT", path: `/v1/items/${encoded(item)}`, json: body, repeatable: true }),
    patchItem: (item, patch) =>
      json({
        method: "PATCH",
        path: `/v1/items/${encoded(item)}`,
        json: patch,
        headers: { "content-type": "application/merge-patch+json" },
        repeatable: true,
      }),
    deleteItem: async (item) => {
      const path = `/v1/items/${encoded(item)}`;
      return (await ifThere(call({ method: "DELETE", path, repeatable: true }))) !== undefined;
    },
    getPicture: async (item) => {
      const path = `/v1/items/${encoded(item)}/picture`;
      const response = await ifThere(call({ method: "GET", path, repeatable: true }));
      return response === undefined ? undefined : new Uint8Array(await response.arrayBuffer());
    },
    putPicture: (item, picture, type) =>
      json({
        method: "PUT",
        path: `/v1/items/${encoded(item)}/picture`,
        body: picture,
        headers: { "content-type": type },
        repeatable: true,
      }),
    importItems: (items) => lines("/v1/import/items", items),
    exportItems: async function* () {
      yield* linesOf(await call({ method: "GET", path: "/v1/export/items", repeatable: true }));
    },
    addInteractions: (interactions, key = crypto.randomUUID()) =>
      json({
        method: "POST",
        path: "/v1/interactions",
        json: { interactions },
        headers: { "idempotency-key": key },
        repeatable: true,
      }),
    importInteractions: (interactions) => lines("/v1/import/interactions", interactions),
    exportUser: async function* (user) {
      yield* linesOf(await call({ method: "GET", path: `/v1/users/${encoded(user)}/export`, repeatable: true }));
    },
    eraseUser: (user) => json({ method: "DELETE", path: `/v1/users/${encoded(user)}`, repeatable: true }),
    listModels: () => get("/v1/models"),
    serveModel: async (version) => {
      const path = `/v1/models/${encoded(version)}/serve`;
      const response = await exchange(slow, { method: "POST", path, repeatable: true });
      return (await response.json()) as z.output<typeof modelsSchema>;
    },
    retrain: () => json({ method: "POST", path: "/v1/models/retrain", repeatable: true }),
    listKeys: () => get("/v1/keys"),
    createKey: (key) => json({ method: "POST", path: "/v1/keys", json: key, repeatable: false }),
    revokeKey: async (key) =>
      (await ifThere(call({ method: "DELETE", path: `/v1/keys/${encoded(key)}`, repeatable: true }))) !== undefined,
    ready: async () => {
      try {
        await exchange({ ...options, retries: 0 }, { method: "GET", path: "/readyz", repeatable: false });
        return true;
      } catch {
        return false;
      }
    },
  };
}
