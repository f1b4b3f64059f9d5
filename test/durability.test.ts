/** What stores acknowledge is there whatever is killed, and when: the writer, or with PostgreSQL the server too. The benchmark does a thousand of these. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killAgainAndAgain } from "../bench/durability/kills.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "../src/service/store/postgres-server.fixture.ts";
import { createRandom } from "../src/tensor/random.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const kills = 25;

test("SQLite: nothing is lost, double or half when the writer is killed", async () => {
  const store = join(folder, "store.sqlite");
  const result = await killAgainAndAgain({ store, kills, random: createRandom(1, "sqlite kills") });
  expect(result.faults).toEqual([]);
  expect(result.acknowledged).toBeGreaterThanOrEqual(kills);
}, 300_000);

if (!hasPostgres) console.warn("NOT TESTED: durability of PostgreSQL; no server (initdb, postgres) is installed here");
describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  test("nothing is lost, double or half when the writer or the server is killed", async () => {
    const result = await killAgainAndAgain({
      store: await server.createDatabase(),
      kills,
      random: createRandom(2, "postgres kills"),
      server: { kill: () => server.end("SIGKILL"), start: () => server.start() },
    });
    expect(result.faults).toEqual([]);
    expect(result.serverKills).toBe(5);
    expect(result.acknowledged).toBeGreaterThanOrEqual(kills);
  }, 300_000);
});
