/**
 * Whether what a store acknowledged is there whatever happens: a process with mixed writes is killed (SIGKILL) at random moments, again and again on one
 * store; with PostgreSQL every fifth kill is the server's, all its processes at once. Ends with 1 where anything is lost, double or half.
 *
 *     npm run bench:durability -- --store sqlite --kills 1000
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { startPostgres } from "../src/service/store/postgres-server.fixture.ts";
import { createRandom } from "../src/tensor/random.ts";
import { killAgainAndAgain } from "./durability/kills.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:durability -- [options]
  --store sqlite   or postgres: a server of its own, in an empty folder
  --kills 1000     how many
  --seed 1         of the moments`;

const argumentsSchema = z.object({
  store: z.enum(["sqlite", "postgres"]).default("sqlite"),
  kills: z.coerce.number().int().min(1).default(1000),
  seed: z.coerce.number().int().min(0).default(1),
});

const { values } = parseArgs({
  options: {
    store: { type: "string" },
    kills: { type: "string" },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help === true) console.log(usage);
const checked = values.help === true ? undefined : checkedArguments(argumentsSchema, values);
if (checked !== undefined) {
  const { kills, seed } = checked;
  const folder = mkdtempSync(join(tmpdir(), "latticework-durability-"));
  const server = checked.store === "postgres" ? await startPostgres() : undefined;
  const started = performance.now();
  try {
    const result = await killAgainAndAgain({
      store: server === undefined ? join(folder, "store.sqlite") : await server.createDatabase(),
      kills,
      random: createRandom(seed, "durability"),
      server: server === undefined ? undefined : { kill: () => server.end("SIGKILL"), start: () => server.start() },
      onRound: (round, acknowledged) => {
        if ((round + 1) % 50 === 0) console.log(`${round + 1} kills, ${acknowledged} writes acknowledged`);
      },
    });
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    console.log(
      `${checked.store}: ${result.kills} kills, ${result.serverKills} of them of the server; ${result.acknowledged} writes acknowledged, ${result.faults.length} faults, ${minutes} min`,
    );
    for (const fault of result.faults.slice(0, 20)) console.log(`  ${fault}`);
    if (result.faults.length > 0) process.exitCode = 1;
  } finally {
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
