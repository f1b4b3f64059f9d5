/** The OpenAPI document as a page that stands alone: no script, nothing from elsewhere. */
import { z } from "zod";
import { type Markup, markup, raw } from "../../runs/report/markup.ts";

const schemaShape = z.looseObject({ $ref: z.string().optional(), type: z.unknown().optional() });
const operationShape = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  "x-scope": z.string().optional(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: schemaShape }))
    .optional(),
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schemaShape.optional() })) })
    .optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
});
const documentShape = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string().optional() }),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});

function schemaText(schema: z.output<typeof schemaShape> | undefined): Markup {
  if (schema === undefined) return raw("");
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? "")?.[1];
  if (name !== undefined) return markup`<a href="#schema-${name}">${name}</a>`;
  return markup`<code>${JSON.stringify(schema)}</code>`;
}

function operationMarkup(method: string, path: string, operation: z.output<typeof operationShape>): Markup {
  const { operationId, summary, description = "" } = operation;
  const scope = operation["x-scope"];
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required, schema }) =>
      markup`<tr><td><code>${name}</code></td><td>${place}${required === true ? ", required" : ""}</td><td>${schemaText(schema)}</td></tr>`,
  );
  const table =
    parameters.length === 0
      ? raw("")
      : markup`<table><tr><th>name</th><th>in</th><th>what</th></tr>${parameters}</table>`;
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([type, { schema }]) => markup`<p>Body <code>${type}</code>: ${schemaText(schema)}</p>`,
  );
  const responses = Object.entries(operation.responses).map(
    ([status, response]) => markup`<li><b>${status}</b> ${response.description}</li>`,
  );
  return markup`<section id="${operationId}"><h2><code>${method.toUpperCase()} ${path}</code></h2>
<p>${summary}. ${description}</p><p>${scope === undefined ? "For everybody." : markup`Scope <b>${scope}</b>.`}</p>
${table}${bodies}<ul>${responses}</ul></section>`;
}

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}pre{overflow:auto;padding:1rem;border:1px solid #8886;white-space:pre-wrap}
section{border-top:1px solid #8886}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}h2{font-size:1.1rem}`;

/** @param similarities what `by` of similar items takes with the model that is served */
export function documentPage(document: object, similarities: readonly string[]): string {
  const { info, paths, components } = documentShape.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const contents = operations.map(
    ({ operation: { operationId, summary } }) =>
      markup`<li><a href="#${operationId}">${operationId}</a> ${summary}</li>`,
  );
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) =>
      markup`<section id="schema-${name}"><h2>${name}</h2><pre>${JSON.stringify(schema, undefined, 2)}</pre></section>`,
  );
  return markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${info.title}</title><style>${raw(style)}</style></head><body><main><h1>${info.title} ${info.version}</h1>
<p>${info.description ?? ""}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>. Likeness of items by: ${similarities.join(", ")}.</p>
<ul>${contents}</ul>${operations.map(({ method, path, operation }) => operationMarkup(method, path, operation))}
<h1>Schemas</h1>${schemas}</main></body></html>`.html;
}
