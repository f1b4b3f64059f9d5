/** Models from a host: a server of our own takes its place. What is downloaded is told, kept, and used again without a network. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { env } from "@huggingface/transformers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { createNeuralEncoder } from "./open-neural-encoder.ts";
import type { ModelProgress } from "./options.ts";
import { width, writeTextModel } from "./tiny-models.fixture.ts";

const base = temporaryFolder();
const model = "someone/tiny";
const usualHost = env.remoteHost;
let server: Server;
let requests: string[] = [];

beforeAll(async () => {
  const files = join(base, "files");
  writeTextModel(files, { "1_Pooling/config.json": { pooling_mode_cls_token: true } });
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    if (request.method === "GET") requests.push(path);
    const name = /^\/someone\/tiny\/resolve\/[^/]+\/(.*)$/.exec(path)?.[1];
    const file = name === undefined ? undefined : join(files, name);
    if (file === undefined || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const content = readFileSync(file);
    response.writeHead(200, { "content-length": content.length }).end(request.method === "GET" ? content : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  env.remoteHost = usualHost;
  server.close();
});
beforeEach(() => {
  requests = [];
  const address = server.address();
  env.remoteHost = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
});

const nobodyListens = "http://127.0.0.1:1/";

describe("a model id", () => {
  const cacheFolder = join(base, "cache");

  test("is downloaded, told, and pooled by its own configuration", async () => {
    const seen: ModelProgress[] = [];
    const encoder = await createNeuralEncoder({
      kind: "text",
      model,
      cacheFolder,
      onProgress: (event) => seen.push(event),
    });
    expect(encoder.columns).toBe(width);
    expect(encoder.settings).toMatchObject({ pooling: "first", revision: "main" });
    await encoder.close();
    expect(requests).toContain("/someone/tiny/resolve/main/onnx/model.onnx");
    const weights = seen.filter(({ file }) => file === "onnx/model.onnx").at(-1);
    expect(weights?.loaded).toBe(weights?.total);
    expect(weights?.total).toBeGreaterThan(100);
    expect(existsSync(join(cacheFolder, model, "onnx", "model.onnx"))).toBe(true);
  });

  test.each([[true], [false]])("comes from the cache afterwards, network or not (localOnly %s)", async (localOnly) => {
    env.remoteHost = nobodyListens;
    const encoder = await createNeuralEncoder({ kind: "text", model, cacheFolder, localOnly });
    expect(encoder.settings).toMatchObject({ pooling: "first" });
    await encoder.close();
    expect(requests).toEqual([]);
  });

  test("of another revision is another download", async () => {
    const encoder = await createNeuralEncoder({ kind: "text", model, cacheFolder, revision: "v2" });
    await encoder.close();
    expect(requests).toContain("/someone/tiny/resolve/v2/onnx/model.onnx");
    expect(encoder.settings).toMatchObject({ revision: "v2", pooling: "first" });
  });
});

describe("what is said when there is no model", () => {
  const cacheFolder = join(base, "empty");

  test("without a network", async () => {
    env.remoteHost = nobodyListens;
    await expect(createNeuralEncoder({ kind: "text", model, cacheFolder })).rejects.toThrow(
      /^model someone\/tiny: its config.json cannot be loaded \(fetch failed.*\)\. Tried the cache .*empty, then http:\/\/127.0.0.1:1\/\. A download needs a network: name a folder that holds the model's files, or use the classic encoder/,
    );
  });

  test("at its host", async () => {
    await expect(createNeuralEncoder({ kind: "text", model: "someone/other", cacheFolder })).rejects.toThrow(
      /^model someone\/other: its config.json cannot be loaded \(Could not locate file.*\)\. Tried/,
    );
  });

  test("in the cache, and nothing may be downloaded", async () => {
    await expect(createNeuralEncoder({ kind: "text", model, cacheFolder, localOnly: true })).rejects.toThrow(
      /^model someone\/tiny: its config.json cannot be loaded .*Tried the cache .*empty\. Nothing is downloaded, as asked: name a folder/,
    );
    expect(requests).toEqual([]);
  });
});
