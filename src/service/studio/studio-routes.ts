/** The studio's application as routes of a service: one that lists users, one that does not, and the page, which is the same of both. */
import type { Failure } from "../../studio/api.ts";
import { createStudioApp } from "../../studio/server/app.ts";
import { type StudioRoutes, studioPath } from "../http/routes/studio.ts";
import { StoreUnavailable } from "../store/store.ts";
import type { LivingStudio } from "./living-studio.ts";

function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof StoreUnavailable)) return undefined;
  return {
    title: "The service cannot do that now",
    status: 503,
    detail: "The store cannot be reached now; try again.",
  };
}

/** @param report is told of faults that are ours */
export function studioRoutes(living: LivingStudio, report: (error: unknown) => void): StudioRoutes {
  const options = { report, at: studioPath, failureOf };
  const listing = createStudioApp(living.studio(true), options);
  const finding = createStudioApp(living.studio(false), options);
  return {
    data: (scope, request) => (scope === "admin" ? listing : finding).fetch(request),
    page: (request) => finding.fetch(request),
  };
}
