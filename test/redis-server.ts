/** A Redis or Valkey server of a test's own, in an empty folder, on a port of its own; it can be taken away and brought back. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";

/** What is installed here; undefined where nothing is. */
export const redisProgram = ["redis-server", "valkey-server"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

export interface RedisServer {
  readonly address: string;
  /** Kills it; what it held is lost unless `keep` was asked for. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Asks it something with a connection of its own. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>;
}

/** @param keep whether what it holds outlives it */
export async function startRedis(folder: string, keep: boolean): Promise<RedisServer> {
  const port = await freePort();
  let server: ChildProcess | undefined;
  const ask = async <T>(question: (redis: Redis) => Promise<T>): Promise<T> => {
    const redis = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
    redis.on("error", () => undefined);
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const start = async (): Promise<void> => {
    const persistence = keep
      ? ["--appendonly", "yes", "--appendfsync", "always"]
      : ["--save", "", "--appendonly", "no"];
    const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...persistence];
    server = spawn(redisProgram ?? "redis-server", words, { stdio: "ignore" });
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await ask((redis) => redis.ping()).catch(() => "")) === "PONG") return;
      await setTimeout(100);
    }
    throw new Error(`${redisProgram} did not start`);
  };
  await start();
  return {
    address: `redis://127.0.0.1:${port}`,
    start,
    ask,
    stop: async () => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const closed = once(server, "close");
      server.kill("SIGKILL");
      await closed;
    },
  };
}
