/** Versions of the model: which there are, which is served, and training another. */
import { z } from "@hono/zod-openapi";
import { RunError } from "../../../errors.ts";
import type { AddEndpoint } from "../endpoint.ts";
import { Problem } from "../problem.ts";
import { modelsSchema, modelVersion } from "../schemas.ts";
import type { Service } from "../service.ts";

export function addModels(add: AddEndpoint, { store, living, retraining }: Service): void {
  const listed = async (): Promise<z.input<typeof modelsSchema>> => {
    const { version: served } = living.served;
    const versions = (await store.models()).map(({ version, createdAt, note }) => ({
      version,
      createdAt: new Date(createdAt).toISOString(),
      served: version === served,
      note: { ...note },
    }));
    return { served, versions };
  };
  add(
    {
      method: "get",
      path: "/v1/models",
      scope: "read",
      id: "listModels",
      summary: "Versions of the model, and which one is served",
      returns: { schema: modelsSchema },
    },
    async ({ context }) => context.json(await listed()),
  );
  add(
    {
      method: "post",
      path: "/v1/models/{version}/serve",
      scope: "admin",
      id: "serveModel",
      summary: "Serves a version: a newer one, or an earlier one to roll back; no request fails meanwhile",
      params: z.object({ version: modelVersion }),
      returns: { schema: modelsSchema },
      problems: ["not-found", "conflict"],
    },
    async ({ params: { version }, context }) => {
      const model = (await store.models()).find((one) => one.version === version);
      if (model === undefined) throw new Problem("not-found", "There is no such version");
      try {
        await living.serve(model.version, model.folder);
      } catch (error) {
        if (error instanceof RunError) throw new Problem("conflict", `This version cannot be served: ${error.message}`);
        throw error;
      }
      return context.json(await listed());
    },
  );
  if (retraining === undefined) return;
  add(
    {
      method: "post",
      path: "/v1/models/retrain",
      scope: "admin",
      id: "retrain",
      summary: "Trains another version in the background; it is served when it is no worse",
      returns: { status: 202, schema: z.object({ begun: z.boolean() }) },
    },
    async ({ context }) => context.json({ begun: await retraining.begin() }, 202),
  );
}
