/**
 * The service under load over loopback: requests a second, the server's processor time a request, and waiting at half load, beside a bare handler of
 * the same framework that returns a list of the same size, and the engine's bare scoring time; on a made-up model of the Baby dataset's size, or with
 * any number of items. Everything takes turns within a round, so that what else the machine does falls on all alike.
 *
 *     npm run bench:load
 *     npm run bench:load -- --items 1000000
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { syntheticDataset } from "../src/data/index.ts";
import { openRun } from "../src/runs/open-run.ts";
import { trainRun } from "../src/runs/train-run.ts";
import { type Answering, fullLoad, type Request, startAnswering, steadyLoad } from "./load/answering.ts";
import { bareRanking } from "./load/bare-ranking.ts";
import { fullLoadByWrk, hasWrk } from "./load/wrk.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { gigabytes, markdownTable, median, spread } from "./measuring/figures.ts";

const usage = `Usage: npm run bench:load -- [options]
  --items n      items of the made-up model (default 7050, the Baby dataset's)
  --users n      users (default 19445)
  --rounds n     rounds whose medians are told (default 5)
  --seconds n    seconds of each load (default 4)
  --with name    wrk or autocannon (default: wrk where it is installed)
  --index        lists from an approximate index as well, which is built first
  --run RUN      a finished run instead; with a new folder: where the made-up one is kept`;

const argumentsSchema = z.object({
  items: z.coerce.number().int().min(100).default(7050),
  users: z.coerce.number().int().min(100).default(19_445),
  rounds: z.coerce.number().int().min(1).default(5),
  seconds: z.coerce.number().min(1).default(4),
  with: z.enum(["wrk", "autocannon"]).optional(),
  index: z.boolean().default(false),
  run: z.string().optional(),
});
/** Above it the item graph of a made-up model would take hours: the model then is LightGCN. */
const mostLatticeItems = 50_000;
const askedFor = 512;
/** Requests a second that the generator of a steady load can send without being late itself. */
const mostSteady = 4000;

async function madeUpRun(out: string, items: number, users: number): Promise<void> {
  const lattice = items <= mostLatticeItems;
  const modalities = lattice
    ? [
        { name: "image", columns: 64 },
        { name: "text", columns: 64 },
      ]
    : [];
  const interactions = Math.round(8.3 * Math.max(users, items));
  const dataset = syntheticDataset({ users, items, interactions, modalities, seed: 1 });
  // Each batch of LightGCN travels over the whole graph: with many items few large ones.
  const batchSize = lattice ? 4096 : 262_144;
  const options = { epochs: 1, validateEvery: 0, batchSize, layers: lattice ? 3 : 1 };
  await trainRun({ dataset, out, model: lattice ? "lattice" : "lightgcn", options, seed: 1 });
}

/** Microseconds to rank all items for one user by the engine alone, with nothing else to do on the machine. */
async function bareScoring(run: string): Promise<number> {
  const rank = await bareRanking(run);
  const times: number[] = [];
  for (let n = 0; n < 300; n++) {
    const began = performance.now();
    rank();
    times.push(1000 * (performance.now() - began));
  }
  return median(times.slice(50));
}

interface Contender {
  readonly name: string;
  readonly server: Answering;
  readonly requests: readonly Request[];
}

interface Servers extends Readonly<Record<"bare" | "ranking" | "cached" | "uncached", Answering>> {
  readonly indexed: Answering | undefined;
}

function contendersOf(run: string, servers: Servers): Contender[] {
  const { ids } = openRun(run);
  const spreadOver = (list: readonly string[]): string[] =>
    Array.from({ length: askedFor }, (_, n) =>
      encodeURIComponent(list[Math.floor((n * list.length) / askedFor)] ?? ""),
    );
  const users = spreadOver(ids.users);
  const items = spreadOver(ids.items);
  const get = (path: string): Request => ({ method: "GET", path });
  const recommend = users.map((user) => get(`/v1/users/${user}/recommendations`));
  const similar = items.map((item) => get(`/v1/items/${item}/similar`));
  const explain = users.map((user, n) => get(`/v1/users/${user}/explanations/${items[n]}`));
  const session = items.map((_, n): Request => {
    const taken = [0, 1, 2].map((step) => decodeURIComponent(items[(n + 31 * step) % items.length] ?? ""));
    return { method: "POST", path: "/v1/sessions/recommendations", body: JSON.stringify({ items: taken }) };
  });
  return [
    { name: "bare handler", server: servers.bare, requests: recommend },
    { name: "bare handler that ranks", server: servers.ranking, requests: recommend },
    { name: "recommend, cached", server: servers.cached, requests: recommend },
    { name: "recommend", server: servers.uncached, requests: recommend },
    ...(servers.indexed === undefined
      ? []
      : [{ name: "recommend, by index", server: servers.indexed, requests: recommend }]),
    { name: "similar", server: servers.uncached, requests: similar },
    { name: "session", server: servers.uncached, requests: session },
    { name: "explain", server: servers.uncached, requests: explain },
  ];
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      items: text,
      users: text,
      rounds: text,
      seconds: text,
      with: text,
      index: { type: "boolean" },
      run: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return console.log(usage);
  const found = checkedArguments(argumentsSchema, values);
  if (found === undefined) return;
  const { items, users, rounds, seconds } = found;
  const generator = found.with ?? (hasWrk() ? "wrk" : "autocannon");
  const load = generator === "wrk" ? fullLoadByWrk : fullLoad;
  const folder = found.run ?? join(mkdtempSync(join(tmpdir(), "latticework-load-")), "run");
  const servers: Answering[] = [];
  try {
    if (!existsSync(folder)) {
      console.error(`training a made-up model of ${users} users and ${items} items for one epoch`);
      await madeUpRun(folder, items, users);
    }
    const scoring = await bareScoring(folder);
    const start = async (task: object): Promise<Answering> => {
      const server = await startAnswering(task);
      servers.push(server);
      return server;
    };
    const cached = await start({ kind: "service", run: folder, cacheBytes: 64_000_000 });
    const uncached = await start({ kind: "service", run: folder, cacheBytes: 0 });
    const { users: userIds } = openRun(folder).ids;
    const first = await fetch(
      `http://127.0.0.1:${cached.port}/v1/users/${encodeURIComponent(userIds[0] ?? "")}/recommendations`,
      {
        headers: { authorization: `Bearer ${cached.key}` },
      },
    );
    const answer = await first.text();
    const bare = await start({ kind: "bare", answer });
    const ranking = await start({ kind: "bare", answer, ranking: folder });
    const indexed = found.index ? await start({ kind: "service", run: folder, cacheBytes: 0, index: true }) : undefined;
    const contenders = contendersOf(folder, { bare, ranking, cached, uncached, indexed });
    const full = new Map(contenders.map(({ name }) => [name, [] as { rate: number; processor: number }[]]));
    const steady = new Map(contenders.map(({ name }) => [name, [] as { p50: number; p99: number; bareP99: number }[]]));
    for (const { server, requests } of contenders) await load(server, requests, 5);
    for (let round = 0; round < rounds; round++) {
      for (const { name, server, requests } of contenders) {
        const { requestsPerSecond, processor } = await load(server, requests, seconds);
        full.get(name)?.push({ rate: requestsPerSecond, processor });
        const rate = Math.min(requestsPerSecond / 2, mostSteady);
        const waiting = await steadyLoad(server, requests, rate, seconds);
        const bareWaiting = await steadyLoad(bare, requests, rate, seconds);
        steady.get(name)?.push({ ...waiting, bareP99: bareWaiting.p99 });
        console.error(
          `round ${round + 1}, ${name}: ${Math.round(requestsPerSecond)} requests/s, ${Math.round(processor)} µs`,
        );
      }
    }
    const of = (name: string, figure: "rate" | "processor") => (full.get(name) ?? []).map((one) => one[figure]);
    const waits = (name: string, figure: "p50" | "p99" | "bareP99") =>
      (steady.get(name) ?? []).map((one) => one[figure]);
    const perRound = (name: string, ratio: (round: number) => number): readonly number[] =>
      of(name, "rate").map((_, round) => ratio(round));
    const rows = contenders.map(({ name }) => [
      name,
      spread(of(name, "rate"), 0),
      spread(
        perRound(name, (round) => of(name, "rate")[round] / of("bare handler", "rate")[round]),
        2,
      ),
      spread(of(name, "processor"), 0),
      spread(waits(name, "p50"), 2),
      spread(waits(name, "p99"), 2),
      spread(waits(name, "bareP99"), 2),
    ]);
    console.log(
      markdownTable(
        [
          "",
          "requests/s",
          "of the bare handler's",
          "processor µs",
          "p50 ms at half load (at most 4,000 a second)",
          "p99 ms",
          "the bare handler's p99 ms at that rate",
        ],
        rows,
      ),
    );
    console.log(
      `\nFull load by ${generator}. Bare scoring: ${scoring.toFixed(0)} µs a user. Memory: service ${gigabytes((await uncached.taken()).bytes)}, bare ${gigabytes((await bare.taken()).bytes)}.`,
    );
    const whole = (name: string, round: number): number => 1e6 / of(name, "rate")[round];
    const over = perRound("recommend", (round) => whole("recommend", round) / whole("bare handler that ranks", round));
    const overParts = perRound(
      "recommend",
      (round) => whole("recommend", round) / (whole("bare handler", round) + scoring),
    );
    const tail = perRound(
      "recommend",
      (round) => waits("recommend", "p99")[round] / waits("recommend", "bareP99")[round],
    );
    console.log(
      `Time of an uncached list over that of a bare handler that ranks: ${spread(over, 2)}; over the bare handler's and that of bare scoring with nothing else to do: ${spread(overParts, 2)}.`,
    );
    console.log(`p99 of uncached recommend at half load over the bare handler's at that rate: ${spread(tail, 2)}.`);
  } finally {
    for (const server of servers) server.end();
    if (found.run === undefined) rmSync(join(folder, ".."), { recursive: true, force: true });
  }
}

await main();
