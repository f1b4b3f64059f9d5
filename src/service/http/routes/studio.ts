/**
 * The studio below `/studio`. Its page (markup, script, style) is for everybody, since it holds nothing of the catalogue; everything it asks for is let through
 * as the rest of the service is, for keys that may read. Users are listed to keys of scope admin, as their data is; others find one by the whole id. None of
 * it stands in the OpenAPI document: it serves the page and changes with it.
 */

import type { Gate } from "../../access/gate.ts";
import type { Scope } from "../../store/store.ts";
import type { ServiceApp, ServiceContext } from "../endpoint.ts";

/** Where the studio is mounted. */
export const studioPath = "/studio";

export interface StudioRoutes {
  /** Answers data requests of a caller. Paths are those of the service. */
  data(scope: Scope, request: Request): Response | Promise<Response>;
  /** Answers with files of the page. */
  page(request: Request): Response | Promise<Response>;
}

export function addStudio(app: ServiceApp, gate: Gate, studio: StudioRoutes): void {
  // Addresses of the page are relative, so it has to be asked for with the slash; so is this one, for services behind a path of another.
  app.get(studioPath, (context) => {
    context.env.record.route = studioPath;
    return context.redirect("studio/", 308);
  });
  const data = async (context: ServiceContext): Promise<Response> => {
    const { record, incoming } = context.env;
    record.route = `${studioPath}/api/*`;
    const { authorization, host } = incoming.headers;
    const caller = await gate.admit({ authorization, host, address: incoming.socket.remoteAddress }, "read");
    record.key = caller.id;
    return studio.data(caller.scope, context.req.raw);
  };
  app.get(`${studioPath}/api/*`, data);
  app.get(`${studioPath}/api`, data);
  app.get(`${studioPath}/*`, (context) => {
    context.env.record.route = `${studioPath}/*`;
    return studio.page(context.req.raw);
  });
}
