/** Redis servers and worker processes of a test file, all gone after each of its tests. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type Running, startCramped, startLatticework } from "./command.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

export interface WorkersOfTest {
  /** @param keep whether what it holds outlives it */
  newServer(keep?: boolean): Promise<RedisServer>;
  /** Any command; killed after the test. */
  started(...words: readonly string[]): Running;
  /** A worker that loses its work two seconds after its last sign of life. */
  worker(server: RedisServer, name: string, ...more: readonly string[]): Running;
  /** One on a machine with hardly any memory. */
  crampedWorker(server: RedisServer, name: string): Running;
}

/** @param datasets folder of the workers' dataset folders */
export function workersOfTest(folder: string, datasets: string): WorkersOfTest {
  const servers: RedisServer[] = [];
  const running: Running[] = [];
  let count = 0;
  afterEach(async () => {
    for (const { process, ended } of running.splice(0)) {
      process.kill("SIGKILL");
      await ended;
    }
    for (const server of servers.splice(0)) await server.stop();
  });
  const watched = (one: Running): Running => {
    running.push(one);
    return one;
  };
  const started = (...words: readonly string[]): Running => watched(startLatticework(...words));
  const workerWords = ({ address }: RedisServer, name: string): string[] => {
    const place = ["--datasets", datasets, "--scratch", join(folder, "scratch")];
    return ["worker", address, ...place, "--name", name, "--threads", "1", "--lease", "2"];
  };
  return {
    newServer: async (keep = false) => {
      const place = join(folder, `redis-${count++}`);
      mkdirSync(place);
      const server = await startRedis(place, keep);
      servers.push(server);
      return server;
    },
    started,
    worker: (server, name, ...more) => started(...workerWords(server, name), ...more),
    crampedWorker: (server, name) => watched(startCramped(folder, 1e6, ...workerWords(server, name))),
  };
}
