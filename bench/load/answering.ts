/** A process that answers (`server-process.ts`), and load on it: as fast as it goes, or at a steady rate. */
import { type ChildProcess, fork } from "node:child_process";
import http from "node:http";
import autocannon from "autocannon";
import type { Listening, Taken } from "./server-process.ts";

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

export interface Answering extends Listening {
  taken(): Promise<Taken>;
  end(): void;
}

const nextMessage = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
    child.once("exit", gone);
    child.once("message", (message) => {
      child.off("exit", gone);
      resolve(message as T);
    });
  });

export async function startAnswering(task: object): Promise<Answering> {
  const file = new URL("./server-process.ts", import.meta.url);
  const child = fork(file, [JSON.stringify(task)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const listening = await nextMessage<Listening>(child);
  return {
    ...listening,
    taken: () => {
      child.send("taken");
      return nextMessage<Taken>(child);
    },
    end: () => child.kill(),
  };
}

export const headersOf = ({ key }: Listening, { body }: Request): Record<string, string> => ({
  ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
  ...(body === undefined ? {} : { "content-type": "application/json" }),
});

export interface FullLoad {
  readonly requestsPerSecond: number;
  /** Microseconds of the server's processor time a request. */
  readonly processor: number;
}

/** As many requests as are answered over ten connections. */
export async function fullLoad(server: Answering, requests: readonly Request[], seconds: number): Promise<FullLoad> {
  const before = await server.taken();
  const result = await autocannon({
    url: `http://127.0.0.1:${server.port}`,
    connections: 10,
    duration: seconds,
    requests: requests.map((request) => ({ ...request, headers: headersOf(server, request) })),
  });
  const after = await server.taken();
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refusals, ${result.errors} errors`);
  return {
    requestsPerSecond: result["2xx"] / result.duration,
    processor: (after.processor - before.processor) / result["2xx"],
  };
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

export interface SteadyLoad {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Requests at a rate, each when its time has come whether or not others are answered: waiting counts. */
export async function steadyLoad(
  server: Answering,
  requests: readonly Request[],
  rate: number,
  seconds: number,
): Promise<SteadyLoad> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
  const times: number[] = [];
  const all = Math.floor(rate * seconds);
  const began = performance.now();
  const sendOne = (number: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const due = began + (1000 * number) / rate;
      const request = requests[number % requests.length];
      const { method, path, body } = request;
      const sent = http.request({
        agent,
        port: server.port,
        host: "127.0.0.1",
        method,
        path,
        headers: headersOf(server, request),
      });
      sent.on("response", (response) => {
        response.resume();
        response.on("end", () => {
          times.push(performance.now() - due);
          resolve();
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const underWay: Promise<void>[] = [];
  while (underWay.length < all) {
    const due = Math.min(all, Math.floor(((performance.now() - began) * rate) / 1000) + 1);
    while (underWay.length < due) underWay.push(sendOne(underWay.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
  agent.destroy();
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
