/** A small service for tests: a shop of mugs, scarves and lamps, a run trained on it with texts and pictures, behind a real socket. */
import fs from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import pino from "pino";
import sharp from "sharp";
import type { z } from "zod";
import { readDataset } from "../data/index.ts";
import { encodeDataset } from "../features/encode-dataset.ts";
import { createImageEncoder } from "../features/image/open-image-encoder.ts";
import { createTextEncoder } from "../features/text/open-text-encoder.ts";
import { fileSource, prepareDataset } from "../preparation/index.ts";
import { trainRun } from "../runs/train-run.ts";
import { createRandom } from "../tensor/random.ts";
import type { problemSchema } from "./http/problem.ts";
import type {
  createdKeySchema,
  explanationSchema,
  importOutcome,
  interactionsOutcome,
  itemSchema,
  listSchema,
  modelsSchema,
  outcomeSchema,
  similarSchema,
} from "./http/schemas.ts";
import { type RunningService, type ServeRequest, serve } from "./serve.ts";
import { createMemoryStore, type MemoryStore } from "./store/memory-store.fixture.ts";
import type { Scope } from "./store/store.ts";

export const kinds = ["mug", "scarf", "lamp"] as const;
const colours = ["#c02020", "#20a020", "#2040c0"] as const;
const words = [
  "ceramic mug for coffee and tea, holds hot drinks in the kitchen",
  "soft woollen scarf for cold days, keeps the neck warm in winter",
  "bright desk lamp with a switch, gives light for reading at night",
] as const;
const itemsOfShop = 30;
const usersOfShop = 40;
export const kindOf = (id: string): number => Number(id.slice(1)) % kinds.length;
export const textOfKind = (kind: number): string => words[kind];

/** A PNG in the colour of a kind. */
export const pictureOfKind = (kind: number): Promise<Buffer> =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: colours[kind] } })
    .png()
    .toBuffer();

async function makeDataset(folder: string): Promise<string> {
  const out = path.join(folder, "dataset");
  const shop = path.join(folder, "shop");
  fs.mkdirSync(shop, { recursive: true });
  for (const kind of kinds.keys()) fs.writeFileSync(path.join(shop, `${kinds[kind]}.png`), await pictureOfKind(kind));
  const random = createRandom(3, "service fixture");
  const orders = Array.from({ length: usersOfShop }, (_, user) =>
    Array.from({ length: itemsOfShop }, (_, item) => `u${user},i${item}`).filter(
      (_, item) => random.uniform() < (item % kinds.length === user % kinds.length ? 0.6 : 0.08),
    ),
  );
  const products = Array.from({ length: itemsOfShop }, (_, item) => {
    const kind = item % kinds.length;
    return `i${item},${kinds[kind]} ${item},"${words[kind]} number ${item % 7}",${kinds[kind]}.png,${kinds[kind]}s`;
  });
  fs.writeFileSync(path.join(shop, "orders.csv"), `user,item\n${orders.flat().join("\n")}\n`);
  fs.writeFileSync(path.join(shop, "products.csv"), `item,title,description,image,category\n${products.join("\n")}\n`);
  await prepareDataset({
    source: fileSource({ file: path.join(shop, "orders.csv"), items: { file: path.join(shop, "products.csv") } }),
    out,
    method: "paper",
    threads: 1,
  });
  const images = await createImageEncoder({ imageRoot: shop });
  await encodeDataset({ folder: out, modality: "image", column: "image", encoder: images });
  await images.close();
  await encodeDataset({
    folder: out,
    modality: "text",
    column: "description",
    encoder: createTextEncoder({ threads: 1 }),
  });
  return out;
}

/** A run below a folder; the dataset is made once. */
export async function trainSmallRun(folder: string, seed = 1): Promise<string> {
  const dataset = path.join(folder, "dataset");
  if (!fs.existsSync(dataset)) await makeDataset(folder);
  const out = path.join(folder, `run-${seed}`);
  const options = { epochs: 30, batchSize: 64, learningRate: 0.01, neighbours: 5, validateEvery: 0 };
  await trainRun({ dataset: await readDataset(dataset), out, seed, threads: 1, options });
  return out;
}

export interface SmallService {
  readonly service: RunningService;
  readonly store: MemoryStore;
  readonly url: string;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

type Said<T extends z.ZodType> = Required<z.output<T>>;
/** Fields of answers, each as the wire's schemas have it: a test knows which of them it was given. */
export type AnswerBody = Said<typeof listSchema> &
  Said<typeof similarSchema> &
  Said<typeof explanationSchema> &
  Omit<Said<typeof itemSchema>, "source"> &
  Said<typeof outcomeSchema> &
  Said<typeof interactionsOutcome> &
  Said<typeof importOutcome> &
  Said<typeof modelsSchema> &
  Said<typeof createdKeySchema> &
  Said<typeof problemSchema> & {
    /** Of the studio's map. */
    readonly state: string;
    /** Of the OpenAPI document. */
    readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  };
export interface DocumentedOperation {
  readonly operationId: string;
  readonly "x-scope"?: Scope;
  readonly requestBody?: { readonly content: object };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: AnswerBody;
}

const isJson = (type: string | null): boolean => /^application\/(problem\+)?json/.test(type ?? "");

/** Calls a server at an address as its callers do. */
export async function callAt(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { json, body, headers = {} } = options;
  const sent = json === undefined ? body : JSON.stringify(json);
  const type: Record<string, string> = json === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(url + path, {
    method,
    headers: { ...type, ...headers },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const found = text !== "" && isJson(response.headers.get("content-type")) ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json: found };
}

export async function startSmallService(run: string, options: Partial<ServeRequest> = {}): Promise<SmallService> {
  const store = createMemoryStore();
  const log: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      log.push(String(chunk).trim());
      done();
    },
  });
  const service = await serve({
    store,
    run,
    port: 0,
    logger: pino({}, sink),
    followMilliseconds: 20,
    requestsPerSecond: 0,
    ...options,
  });
  const url = `http://127.0.0.1:${service.port}`;
  return { service, store, url, log, call: (method, path, more) => callAt(url, method, path, more) };
}
