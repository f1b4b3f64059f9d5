/** Serves the studio alone, on this machine's own address only: whoever can reach it can read the whole catalogue. */
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { ConfigError, RunError } from "../../errors.ts";
import { createStudioApp } from "./app.ts";
import { pageIsBuilt } from "./page-files.ts";
import type { Studio } from "./studio.ts";

export interface ServedStudio {
  /** Where the page is, ending in a slash. */
  readonly address: string;
  /** Ends open connections and closes the runs. */
  close(): Promise<void>;
}

const host = "127.0.0.1";
const localNames = new Set([host, "localhost"]);

/**
 * @param port 0 for any that is free
 * @throws ConfigError when the port is taken, RunError when the page was not built
 */
export async function serveStudio(
  studio: Studio,
  port: number,
  report: (error: unknown) => void,
): Promise<ServedStudio> {
  if (!pageIsBuilt()) throw new RunError("the studio's page is not built; run npm run build first");
  const app = createStudioApp(studio, { report });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // A page from elsewhere whose name was pointed at this address must not read the catalogue.
  const answer = (request: Request): Response | Promise<Response> =>
    localNames.has(new URL(request.url).hostname)
      ? app.fetch(request)
      : new Response("The studio answers to 127.0.0.1 and localhost alone.", { status: 421 });
  const server = serve({ fetch: answer, hostname: host, port }, (address) => resolve(address.port)) as Server;
  server.once("error", (error: NodeJS.ErrnoException) => {
    reject(
      error.code === "EADDRINUSE"
        ? new ConfigError(`port ${port} is taken by another program; choose another one with --port, or 0 for any`)
        : error,
    );
  });
  const at = await promise;
  return {
    address: `http://${host}:${at}/`,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
      studio.close();
    },
  };
}
