/** A PostgreSQL server of a test's own, made in an empty folder, that can be ended, killed hard and started again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client } from "pg";

const candidates = [
  ...globSync("/usr/lib/postgresql/*/bin/initdb"),
  "/usr/local/bin/initdb",
  "/usr/bin/initdb",
  "/opt/homebrew/bin/initdb",
];
const initdb = candidates.find((file) => existsSync(file) && existsSync(join(dirname(file), "postgres")));
export const hasPostgres = initdb !== undefined;

export interface PostgresServer {
  readonly address: string;
  /** A database of its own. @returns its address */
  createDatabase(): Promise<string>;
  query(sql: string): Promise<void>;
  start(): Promise<void>;
  /** @param signal SIGINT ends connections in order; SIGKILL is a crash of the server and all its processes */
  end(signal?: "SIGINT" | "SIGKILL"): Promise<void>;
  /** Ends it and takes its files away. */
  remove(): Promise<void>;
}

/** The server refuses to run as root: another user of this machine. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string, name: string): number =>
    Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  const name = ["postgres", "nobody"].find((user) => spawnSync("id", [user]).status === 0) ?? "nobody";
  return { uid: idOf("-u", name), gid: idOf("-g", name) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function connected(address: string): Promise<Client> {
  for (let attempt = 0; ; attempt++) {
    const client = new Client({ connectionString: address });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === 300) throw error;
      await setTimeout(100);
    }
  }
}

export interface PostgresServerOptions {
  /** Of the owner. */
  readonly password?: string;
  /** Ctrl-C in the terminal does not reach it; whoever starts it so has to remove it then. */
  readonly detached?: boolean;
}

/** @param settings name=value of the server */
export async function startPostgres(
  settings: readonly string[] = [],
  { password = "p@ss/word", detached = false }: PostgresServerOptions = {},
): Promise<PostgresServer> {
  const command = initdb ?? "initdb";
  const user = serverUser();
  const data = mkdtempSync(join(tmpdir(), "latticework-postgres-"));
  chmodSync(data, 0o700);
  const secret = join(data, "password");
  writeFileSync(secret, `${password}\n`);
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(data, user.uid, user.gid);
    chownSync(secret, user.uid, user.gid);
  }
  const cluster = join(data, "cluster");
  const made = spawnSync(
    command,
    [
      "-D",
      cluster,
      "-U",
      "owner",
      "--auth=scram-sha-256",
      `--pwfile=${secret}`,
      "--no-sync",
      "--encoding=UTF8",
      "--locale=C",
    ],
    { ...user, cwd: data, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  const address = `postgres://owner:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;
  let databases = 0;

  const query = async (sql: string): Promise<void> => {
    const client = await connected(address);
    await client.query(sql);
    await client.end();
  };
  const spawned = (): ChildProcess => {
    const all = ["listen_addresses=127.0.0.1", "shared_buffers=16MB", ...settings];
    return spawn(
      join(dirname(command), "postgres"),
      ["-D", cluster, "-p", String(port), "-k", data, ...all.flatMap((setting) => ["-c", setting])],
      { ...user, cwd: data, stdio: "ignore", detached },
    );
  };
  const start = async (): Promise<void> => {
    let running = spawned();
    server = running;
    // After a crash the server refuses to start while a process of the one before still holds its shared memory.
    const again = setInterval(() => {
      if (running.exitCode === null && running.signalCode === null) return;
      running = spawned();
      server = running;
    }, 200);
    try {
      await (await connected(address)).end();
    } finally {
      clearInterval(again);
    }
  };
  /** Processes that the postmaster began end by themselves when it is gone, unless they are killed before. */
  const children = (pid: number): number[] =>
    globSync("/proc/[0-9]*/stat")
      .filter((file) => {
        try {
          return Number(readFileSync(file, "utf8").split(") ").at(-1)?.split(" ")[1]) === pid;
        } catch {
          return false;
        }
      })
      .map((file) => Number(file.split("/")[2]));
  const end = async (signal: "SIGINT" | "SIGKILL" = "SIGINT"): Promise<void> => {
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    // Held first, so that it begins no process that would not be seen.
    if (signal === "SIGKILL") server.kill("SIGSTOP");
    const others = signal === "SIGKILL" ? children(server.pid) : [];
    server.kill(signal);
    for (const pid of others) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    await exited;
  };
  await start();
  return {
    address,
    createDatabase: async () => {
      const name = `store${databases++}`;
      await query(`CREATE DATABASE ${name}`);
      return address.replace(/postgres$/, name);
    },
    query,
    start,
    end,
    remove: async () => {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
