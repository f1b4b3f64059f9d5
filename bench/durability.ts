/**
 * Whether what was acknowledged is there whatever happens. Of a store: a process with mixed writes is killed (SIGKILL) at random moments, again and
 * again; with PostgreSQL every fifth kill is the server's, all its processes at once. Of the service: `latticework serve` and its retrainings are
 * killed while they are written to over HTTP. Ends with 1 where anything is lost, double or half.
 *
 *     npm run bench:durability -- --of service --store sqlite --kills 1000
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startPostgres } from "../src/service/store/postgres-server.fixture.ts";
import { createRandom } from "../src/tensor/random.ts";
import { killAgainAndAgain } from "./durability/kills.ts";
import { killServiceAgainAndAgain } from "./durability/service-kills.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:durability -- [options]
  --of store       or service: the whole server, and what retrains beside it
  --store sqlite   or postgres: a server of its own, in an empty folder
  --kills 1000     how many; Ctrl-C ends earlier and says how many there were
  --seed 1         of the moments`;

const argumentsSchema = z.object({
  of: z.enum(["store", "service"]).default("store"),
  store: z.enum(["sqlite", "postgres"]).default("sqlite"),
  kills: z.coerce.number().int().min(1).default(1000),
  seed: z.coerce.number().int().min(0).default(1),
});
type Arguments = z.output<typeof argumentsSchema>;

type Postgres = Awaited<ReturnType<typeof startPostgres>>;

/** @returns what happened in words, and faults */
async function killWriters({ kills, seed }: Arguments, store: string, server: Postgres | undefined) {
  const result = await killAgainAndAgain({
    store,
    kills,
    random: createRandom(seed, "durability"),
    server: server === undefined ? undefined : { kill: () => server.end("SIGKILL"), start: () => server.start() },
    onRound: (round, acknowledged) => {
      if ((round + 1) % 50 === 0) console.log(`${round + 1} kills, ${acknowledged} writes acknowledged`);
    },
  });
  return { ...result, words: `${result.kills} kills, ${result.serverKills} of them of the server` };
}

async function killService({ kills, seed }: Arguments, store: string, folder: string) {
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  const result = await killServiceAgainAndAgain({
    folder,
    store,
    kills,
    random: createRandom(seed, "durability of the service"),
    signal: stop.signal,
    onKill: ({ serverKills, trainerKills, versions, acknowledged }) => {
      const all = serverKills + trainerKills;
      if (all % 10 === 0) console.log(`${all} kills, ${versions} versions, ${acknowledged} writes acknowledged`);
    },
  });
  const { serverKills, trainerKills, versions, slowestStart } = result;
  const ready = `ready after ${(slowestStart / 1000).toFixed(1)} s at most`;
  return {
    ...result,
    words: `${serverKills} kills of the server and ${trainerKills} of trainings, ${versions} versions made, ${ready}`,
  };
}

async function main(checked: Arguments): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "latticework-durability-"));
  const server = checked.store === "postgres" ? await startPostgres([], { detached: true }) : undefined;
  const started = performance.now();
  let isWell = false;
  try {
    const store = server === undefined ? join(folder, "store.sqlite") : await server.createDatabase();
    const { words, acknowledged, faults } =
      checked.of === "service" ? await killService(checked, store, folder) : await killWriters(checked, store, server);
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    const writes = `${acknowledged} writes acknowledged, ${faults.length} faults`;
    console.log(`${checked.of}, ${checked.store}, seed ${checked.seed}: ${words}; ${writes}, ${minutes} min`);
    for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
    isWell = faults.length === 0;
  } finally {
    await server?.remove();
    if (isWell) rmSync(folder, { recursive: true, force: true });
    else console.log(`what was found is left in ${folder}`);
  }
  if (!isWell) process.exitCode = 1;
}

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: { of: text, store: text, kills: text, seed: text, help: { type: "boolean", short: "h" } },
});
if (values.help === true) console.log(usage);
const checked = values.help === true ? undefined : checkedArguments(argumentsSchema, values);
if (checked !== undefined) await main(checked);
