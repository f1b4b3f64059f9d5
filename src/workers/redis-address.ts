/** The address of a Redis or Valkey server: parsed, shown without its password, and tried before anything depends on it. */
import { Redis } from "ioredis";
import { ConfigError, RunError } from "../errors.ts";

/** As both libraries take it. */
type ConnectionOptions = {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: Readonly<Record<string, never>>;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (attempt: number) => number;
};

export interface RedisAddress {
  /** `host:6379`, fit to be printed. */
  readonly shown: string;
  readonly options: ConnectionOptions;
}

const defaultPort = 6379;
const schemes = ["redis:", "rediss:", "valkey:", "valkeys:"];
const longestPauseMilliseconds = 2000;
const firstTryMilliseconds = 5000;

/** @throws ConfigError for what is no such address */
export function parseRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = /^\/(\d*)$/.exec(url?.pathname || "/")?.[1];
  if (url === undefined || !schemes.includes(url.protocol) || url.hostname === "" || database === undefined) {
    throw new ConfigError(
      `workers: found ${url === undefined ? "no address" : `an address of ${url.protocol}//`}, expected that of a Redis or Valkey server, such as redis://10.0.0.5:6379`,
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? defaultPort : Number(url.port);
  return {
    shown: `${url.hostname}:${port}`,
    options: {
      host,
      port,
      ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
      ...(database === "" ? {} : { db: Number(database) }),
      ...(url.protocol === "rediss:" || url.protocol === "valkeys:" ? { tls: {} } : {}),
      // What is asked while the server is away waits for it instead of failing.
      maxRetriesPerRequest: null,
      retryStrategy: (attempt) => Math.min(longestPauseMilliseconds, 50 * attempt),
    },
  };
}

/** @throws RunError when nobody answers there */
export async function tryRedis({ shown, options }: RedisAddress): Promise<void> {
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: firstTryMilliseconds,
    retryStrategy: () => null,
  });
  let reason = "";
  redis.on("error", (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    const message = reason === "" && error instanceof Error ? error.message : reason;
    throw new RunError(
      `Redis at ${shown}: ${message}; start redis-server or valkey-server there, or check the address`,
      {
        cause: error,
      },
    );
  } finally {
    redis.disconnect();
  }
}
