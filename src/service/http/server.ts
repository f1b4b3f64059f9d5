/**
 * The app behind sockets: headers that every answer carries, a line of log a request (route, status, time, key; no ids, no values), figures,
 * limits of time for headers, and an end that lets requests finish.
 */
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { type BodyTimes, usualBodyTimes } from "./body.ts";
import type { RequestRecord, ServiceApp } from "./endpoint.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { Problem, problemDocument } from "./problem.ts";

export interface ServerOptions {
  readonly app: ServiceApp;
  readonly port: number;
  /** Address to listen on. */
  readonly host: string;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly bodyTimes?: BodyTimes | undefined;
  /** More connections are not taken. Default 10,000. */
  readonly mostConnections?: number | undefined;
}

export interface RunningServer {
  readonly port: number;
  /** No new requests; those under way finish, within so many milliseconds. */
  stop(within: number): Promise<void>;
}

const headersMilliseconds = 10_000;
const keepAliveMilliseconds = 30_000;
const mostHeaderBytes = 16_384;
/** After an answer to a request that was not read to its end, its sender has so long to see it. */
const lingerMilliseconds = 500;

const safeHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  "cache-control": "no-store",
} as const;

/** An answer whose headers are the safe ones beside its own, which come first; all in one go, as setting them one by one costs more than finding a kept list. */
class Answer extends http.ServerResponse {
  readonly record: RequestRecord = { route: "", key: undefined };

  override writeHead(status: number, ...rest: unknown[]): this {
    const [own] = rest.slice(-1);
    const headers = typeof own === "object" ? { ...safeHeaders, ...own } : safeHeaders;
    return super.writeHead(status, headers);
  }
}

function answerProblem(response: Answer, problem: Problem): void {
  const { status, headers, body } = problemDocument(problem);
  response.writeHead(status, { ...headers, connection: "close" }).end(body);
}

/** Why a path can be no path here, before anything resolves it. */
function pathFault(url: string): string | undefined {
  if (/^\/[\w/-]*(\?|$)/.test(url)) return undefined;
  if (!url.startsWith("/")) return "The address has to begin with /";
  const [path] = url.split("?", 1);
  try {
    decodeURIComponent(path);
  } catch {
    return "The path is not percent-encoded UTF-8";
  }
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path) || path.includes("\\")) {
    return "The path holds . or .. or a backslash, which addresses here never do";
  }
  return undefined;
}

/** What cannot be read as HTTP is answered on the bare socket. */
function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const kind =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "too-large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "timeout"
        : "bad-request";
  const problem = problemDocument(new Problem(kind, "This cannot be read as a request"));
  const head = `HTTP/1.1 ${problem.status} ${http.STATUS_CODES[problem.status]}\r\n`;
  const headers = Object.entries({
    ...problem.headers,
    "content-length": String(Buffer.byteLength(problem.body)),
    connection: "close",
  });
  socket.end(`${head}${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${problem.body}`);
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { app, logger, metrics, bodyTimes = usualBodyTimes } = options;
  let stopping = false;
  const listener = getRequestListener((request, { incoming, outgoing }) => {
    if (!(incoming instanceof http.IncomingMessage) || !(outgoing instanceof Answer)) {
      throw new Error("a request of HTTP/2 on a server of HTTP/1.1");
    }
    return app.fetch(request, { incoming, outgoing, record: outgoing.record, bodyTimes });
  });
  const server = http.createServer(
    {
      headersTimeout: headersMilliseconds,
      // Bodies are timed as they are read: a bulk import may take its time.
      requestTimeout: 0,
      keepAliveTimeout: keepAliveMilliseconds,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: mostHeaderBytes,
      ServerResponse: Answer,
    },
    (request, response) => {
      const began = performance.now();
      const { record } = response;
      if (stopping) response.setHeader("connection", "close");
      response.on("close", () => {
        const milliseconds = performance.now() - began;
        const route = record.route === "" ? "none" : record.route;
        // Without an answer the caller went away.
        const status = response.headersSent ? response.statusCode : 499;
        metrics.request(request.method ?? "", route, status, milliseconds / 1000);
        logger.info(
          { method: request.method, route, status, ms: Math.round(1000 * milliseconds) / 1000, key: record.key },
          "request",
        );
        if (!request.complete) {
          request.resume();
          setTimeout(() => request.socket.destroy(), lingerMilliseconds).unref();
        }
      });
      const fault = pathFault(request.url ?? "");
      if (fault !== undefined) {
        answerProblem(response, new Problem("bad-request", fault));
        return;
      }
      void listener(request, response);
    },
  );
  server.maxConnections = options.mostConnections ?? 10_000;
  server.on("clientError", onClientError);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    stop: async (within) => {
      stopping = true;
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), within);
      await closed;
      clearTimeout(force);
    },
  };
}
