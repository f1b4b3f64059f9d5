/** Downloads against a server of our own: whole, interrupted and continued, of servers that lack one thing or another, and refused. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { fetchAmazon } from "../src/index.ts";
import { latticework, main, start, startLatticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let made = 0;
const newFolder = (): string => {
  currentOut = join(folder, `raw-${made++}`);
  return currentOut;
};

const names = ["reviews_Baby_5.json.gz", "meta_Baby.json.gz", "image_features_Baby.b"] as const;
const [reviews, metadata, images] = names;
const contentOf = (seed: number, length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17 + (at >> 8)) & 255));
const whole = new Map<string, Buffer>(names.map((name, n) => [name, contentOf(n, 300_000 + n)]));
const digest = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const manifest = [...whole].map(([name, content]) => `${digest(content)}  ${name}\n`).join("");

interface Behaviour {
  readonly files?: ReadonlyMap<string, Buffer>;
  readonly manifest?: string;
  /** Below the address. */
  readonly place?: (name: string) => string;
  readonly ranges?: boolean;
  readonly validators?: boolean;
  readonly version?: string;
  /** Bytes of a body after which the connection breaks, once they have been saved; asked for each response of a file. */
  readonly breakAfter?: (name: string, request: number) => number | undefined;
  /** Then the connection goes silent instead of breaking. */
  readonly silent?: boolean;
  /** Status to answer with instead. */
  readonly status?: (name: string, request: number) => number | undefined;
}

interface Served {
  readonly address: string;
  /** "name" or "name range" of every request for a file that is there. */
  readonly requests: string[];
  change(behaviour: Behaviour): void;
}

/** Where the downloads of the running test go. */
let currentOut = "";
const partSize = (name: string): number =>
  statSync(join(currentOut, `${name}.part`), { throwIfNoEntry: false })?.size ?? 0;
async function saved(name: string, bytes: number): Promise<void> {
  while (partSize(name) < bytes) await setTimeout(5);
}

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(first: Behaviour = {}): Promise<Served> {
  let behaviour = first;
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const {
      files = whole,
      ranges = true,
      validators = true,
      version = "1",
      place = (name: string) => name,
    } = behaviour;
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path === "/data/SHA256SUMS" && behaviour.manifest !== undefined) {
      response.end(behaviour.manifest);
      return;
    }
    const found = [...files].find(([name]) => path === `/data/${place(name)}`);
    if (found === undefined) {
      response.writeHead(404).end("no such file");
      return;
    }
    const [name, content] = found;
    const { range } = request.headers;
    requests.push(range === undefined ? name : `${name} ${range}`);
    const status = behaviour.status?.(name, requests.length);
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const etag = `"${name}-${version}"`;
    const condition = request.headers["if-range"];
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const partial = ranges && from > 0 && (condition === undefined || condition === etag);
    const body = partial ? content.subarray(from) : content;
    response.writeHead(partial ? 206 : 200, {
      "content-length": body.length,
      ...(validators ? { etag } : {}),
      ...(partial ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    const breakAfter = behaviour.breakAfter?.(name, requests.length);
    if (breakAfter === undefined) response.end(body);
    else {
      response.write(body.subarray(0, breakAfter));
      if (behaviour.silent !== true) void saved(name, from + breakAfter).then(() => response.destroy());
    }
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/data`,
    requests,
    change: (next) => {
      behaviour = next;
    },
  };
}

const quick = { pauseMilliseconds: 1, timeoutMilliseconds: 5000 } as const;
const fetchBaby = (out: string, address: string, more: Partial<Parameters<typeof fetchAmazon>[0]> = {}) =>
  fetchAmazon({ category: "baby", out, address, ...quick, ...more });
const read = (out: string, name: string): Buffer => readFileSync(join(out, name));
function expectWhole(out: string): void {
  for (const [name, content] of whole) expect(read(out, name).equals(content), name).toBe(true);
  expect(readdirSync(out).sort()).toEqual([...names].sort());
}

describe("a download", () => {
  test("brings the three files, checked, and does nothing the second time", async () => {
    const { address, requests } = await serve({ manifest });
    const out = newFolder();
    const fetched = await fetchBaby(out, address);
    expectWhole(out);
    expect(fetched.map(({ outcome, verified }) => [outcome, verified])).toEqual(Array(3).fill(["downloaded", true]));
    const again = await fetchBaby(out, address);
    expect(again.map(({ outcome }) => outcome)).toEqual(["there", "there", "there"]);
    expect(requests).toEqual([...names]);
  });

  test("finds the files in the folders of the published collection", async () => {
    const place = (name: string): string =>
      name.endsWith(".b") ? `image_features/categoryFiles/${name}` : `categoryFiles/${name}`;
    const { address } = await serve({ place });
    const out = newFolder();
    await fetchBaby(out, address);
    expectWhole(out);
  });

  test("can do without the image features", async () => {
    const { address, requests } = await serve();
    const out = newFolder();
    await fetchBaby(out, address, { images: false });
    expect(requests).toEqual([reviews, metadata]);
  });

  test("says that there are no checksums, or none for a file", async () => {
    const bare = await serve();
    const notices: string[] = [];
    await fetchBaby(newFolder(), bare.address, { onNotice: (text) => notices.push(text) });
    expect(notices).toEqual([expect.stringMatching(/^no checksums \(SHA256SUMS\) at http.*length only/)]);
    const page = await serve({ manifest: "<html>no such page</html>" });
    await fetchBaby(newFolder(), page.address, { onNotice: (text) => notices.push(text) });
    expect(notices[1]).toMatch(/no checksums/);
    const short = await serve({ manifest: manifest.split("\n").slice(0, 2).join("\n") });
    const fetched = await fetchBaby(newFolder(), short.address, { onNotice: (text) => notices.push(text) });
    expect(notices[2]).toBe(`SHA256SUMS does not list ${images}: it is checked by its length only`);
    expect(fetched.map(({ verified }) => verified)).toEqual([true, true, false]);
  });
});

describe("a connection that breaks", () => {
  test("is continued from the byte where it broke", async () => {
    const { address, requests } = await serve({
      manifest,
      breakAfter: (name, request) => (name === reviews && request <= 2 ? 100_000 : undefined),
    });
    const out = newFolder();
    const progress: number[] = [];
    await fetchBaby(out, address, { onProgress: (_, { resumedFrom }) => progress.push(resumedFrom) });
    expectWhole(out);
    expect(requests.slice(0, 3)).toEqual([reviews, `${reviews} bytes=100000-`, `${reviews} bytes=200000-`]);
    expect(new Set(progress)).toEqual(new Set([0, 100_000, 200_000]));
  });

  test("starts anew where the server knows no ranges, and says so", async () => {
    const { address, requests } = await serve({
      ranges: false,
      breakAfter: (_, request) => (request === 1 ? 100_000 : undefined),
    });
    const out = newFolder();
    const notices: string[] = [];
    await fetchBaby(out, address, { onNotice: (text) => notices.push(text) });
    expectWhole(out);
    expect(requests).toHaveLength(4);
    expect(notices).toContain(`${reviews}: the server knows no ranges; starting anew instead of at byte 100000`);
  });

  test("starts anew where the server names no version of the file", async () => {
    const { address, requests } = await serve({
      validators: false,
      breakAfter: (_, request) => (request === 1 ? 100_000 : undefined),
    });
    const out = newFolder();
    await fetchBaby(out, address);
    expectWhole(out);
    expect(requests.slice(0, 2)).toEqual([reviews, reviews]);
  });

  test("starts anew where the file changed between", async () => {
    const served = await serve({ breakAfter: () => 100_000 });
    const out = newFolder();
    await expect(fetchBaby(out, served.address, { attempts: 1 })).rejects.toThrow(
      /cannot be downloaded: .*; check the connection and the address; the 100000 bytes so far are kept/,
    );
    expect(readdirSync(out).sort()).toEqual([`${reviews}.part`, `${reviews}.part.json`]);
    const changed = new Map(whole).set(reviews, contentOf(9, 250_000));
    served.change({ files: changed, version: "2" });
    const notices: string[] = [];
    await fetchBaby(out, served.address, { onNotice: (text) => notices.push(text) });
    expect(read(out, reviews).equals(contentOf(9, 250_000))).toBe(true);
    expect(notices).toContain(
      `${reviews}: the file changed on the server meanwhile; starting anew instead of at byte 100000`,
    );
  });

  test("is given up after as many attempts without a byte as asked for", async () => {
    const { address, requests } = await serve({ status: () => 503 });
    const out = newFolder();
    await expect(fetchBaby(out, address, { attempts: 3 })).rejects.toThrow(
      /reviews_Baby_5.json.gz cannot be downloaded: the server answers 503 Service Unavailable, 3 times in a row/,
    );
    expect(requests).toHaveLength(3);
    expect(readdirSync(out)).toEqual([]);
  });

  test("goes on after a server that was busy for a moment", async () => {
    const { address } = await serve({ status: (_, request) => (request === 1 ? 429 : undefined) });
    const out = newFolder();
    await fetchBaby(out, address);
    expectWhole(out);
  });

  test("on which nothing moves is given up", async () => {
    const { address } = await serve({ breakAfter: () => 1000, silent: true });
    await expect(fetchBaby(newFolder(), address, { attempts: 1, timeoutMilliseconds: 300 })).rejects.toThrow(
      /cannot be downloaded: the connection failed: nothing came for 0.3 s, once; .*; the 1000 bytes so far are kept/,
    );
  });

  test("keeps a part that another process continues", async () => {
    const { address, requests, change } = await serve({ manifest, breakAfter: () => 50_000 });
    const out = newFolder();
    await expect(fetchBaby(out, address, { attempts: 1 })).rejects.toThrow(/are kept/);
    change({ manifest });
    const { code, output, errors } = await latticework(
      "fetch",
      "amazon-2014",
      "baby",
      "--out",
      out,
      "--address",
      address,
    );
    expect(code, errors).toBe(0);
    expectWhole(out);
    expect(requests[1]).toBe(`${reviews} bytes=50000-`);
    expect(errors).toContain("reviews_Baby_5.json.gz  300 kB  downloaded, checksum right");
    expect(output).toContain(`latticework prepare ${out} --out DATASET`);
  });
});

test("Ctrl-C leaves a part that the same command continues", async () => {
  const { address, requests, change } = await serve({ breakAfter: () => 120_000, silent: true });
  const out = newFolder();
  const words = ["fetch", "amazon-2014", "baby", "--out", out, "--address", address];
  const running = startLatticework(...words);
  await running.seen("no checksums");
  await saved(reviews, 120_000);
  running.process.kill("SIGINT");
  const { code, errors } = await running.ended;
  expect(code).toBe(130);
  expect(errors).toContain("The same command goes on from there.");
  expect(existsSync(join(out, reviews))).toBe(false);
  change({});
  expect((await latticework(...words)).code).toBe(0);
  expect(requests[1]).toBe(`${reviews} bytes=120000-`);
  expectWhole(out);
});

describe("refused:", () => {
  test("a wrong checksum keeps what came away from the real name", async () => {
    const wrong = new Map(whole).set(metadata, contentOf(5, 1000));
    const { address } = await serve({ manifest, files: wrong });
    const out = newFolder();
    const aside = join(out, `${metadata}.wrong`);
    await expect(fetchBaby(out, address)).rejects.toThrow(
      `${metadata} came with SHA-256 ${digest(contentOf(5, 1000))}, expected ${digest(whole.get(metadata) ?? Buffer.alloc(0))} after the server's manifest; what came is kept as ${aside} and not used`,
    );
    expect(readdirSync(out).sort()).toEqual([`${metadata}.wrong`, reviews]);
    expect(readFileSync(aside).equals(contentOf(5, 1000))).toBe(true);
  });

  test("a file that is there with another checksum is left alone", async () => {
    const { address } = await serve({ manifest });
    const out = newFolder();
    await fetchBaby(out, address);
    writeFileSync(join(out, reviews), "something else");
    await expect(fetchBaby(out, address)).rejects.toThrow(
      /is there, but with SHA-256 .* it was left alone: move it away/,
    );
    expect(read(out, reviews).toString()).toBe("something else");
  });

  test("an address without the files", async () => {
    const { address } = await serve({ files: new Map() });
    const out = newFolder();
    const { code, errors } = await latticework("fetch", "amazon-2014", "baby", "--out", out, "--address", address);
    expect(code).toBe(1);
    expect(errors).toMatch(
      /error: reviews_Baby_5.json.gz is not there \(404\): looked for http\S+\/data\/reviews_Baby_5.json.gz and http\S+\/categoryFiles\/reviews_Baby_5.json.gz; give the address of a copy with --address/,
    );
  });

  test("a damaged manifest", async () => {
    const { address } = await serve({ manifest: `${manifest}abc  other\n` });
    await expect(fetchBaby(newFolder(), address)).rejects.toThrow(
      /SHA256SUMS line 4: found "abc {2}other", expected 64 hexadecimal digits/,
    );
  });

  test("a disk that is full, and what has come is continued when there is room", async () => {
    const { address, requests } = await serve();
    const out = newFolder();
    const command = `ulimit -f 200; exec "${process.execPath}" "${main}" fetch amazon-2014 baby --out "${out}" --address ${address}`;
    const { code, errors } = await start("bash", ["-c", command]).ended;
    expect(code).toBe(1);
    expect(errors).toMatch(
      /error: cannot save .*reviews_Baby_5\.json\.gz\.part \(EFBIG\): the disk is full, or a limit/,
    );
    await fetchBaby(out, address);
    expectWhole(out);
    expect(requests[1]).toBe(`${reviews} bytes=204800-`);
  });

  test("a folder that cannot be one", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(fetchBaby(file, "http://127.0.0.1")).rejects.toThrow(
      /file cannot be made a folder: .*; choose another/,
    );
  });

  test("no server, and no address", async () => {
    const { address } = await serve();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(fetchBaby(newFolder(), address)).rejects.toThrow(/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
    await expect(fetchBaby(newFolder(), "raw/baby")).rejects.toThrow(
      '"raw/baby" is no address to download from, expected http://… or https://…',
    );
  });

  test("a category that is not one", async () => {
    const { code, errors } = await latticework("fetch", "amazon-2014", "books", "--out", newFolder());
    expect(code).toBe(2);
    expect(errors).toContain("Allowed choices are baby, sports, clothing, electronics");
  });
});
