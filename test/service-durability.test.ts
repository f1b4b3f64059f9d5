/** What the service acknowledged is there whatever is killed, and when: the server, or what retrains beside it. The benchmark does a thousand of these. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { killServiceAgainAndAgain } from "../bench/durability/service-kills.ts";
import { hasPostgres, startPostgres } from "../src/service/store/postgres-server.fixture.ts";
import { createRandom } from "../src/tensor/random.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const root = temporaryFolder();
const kills = 25;

async function expectNothingLost(name: string, seed: number, store: string): Promise<void> {
  const folder = join(root, name);
  mkdirSync(folder);
  const random = createRandom(seed, "service kills");
  const result = await killServiceAgainAndAgain({ folder, store, kills, random });
  expect(result.faults).toEqual([]);
  // A server that is left when the last training was killed is killed as well.
  expect(result.serverKills + result.trainerKills).toBeGreaterThanOrEqual(kills);
  expect(Math.min(result.serverKills, result.trainerKills, result.versions)).toBeGreaterThan(0);
  expect(result.acknowledged).toBeGreaterThan(kills);
}

test("SQLite: nothing is lost, double or half, no half model is served, every start is healthy", async () => {
  await expectNothingLost("sqlite", 1, join(root, "store.sqlite"));
}, 600_000);

if (!hasPostgres) {
  console.warn("NOT TESTED: durability of the service on PostgreSQL; no server (initdb, postgres) is installed here");
}
describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  test("nothing is lost, double or half, no half model is served, every start is healthy", async () => {
    const server = await startPostgres();
    try {
      await expectNothingLost("postgres", 2, await server.createDatabase());
    } finally {
      await server.remove();
    }
  }, 600_000);
});
