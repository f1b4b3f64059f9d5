/** The OpenAPI document as a page that stands alone: no script, nothing from elsewhere. */
import { z } from "zod";

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

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function schemaText(schema: z.output<typeof schemaShape> | undefined): string {
  if (schema === undefined) return "";
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? "")?.[1];
  if (name !== undefined) return `<a href="#schema-${escaped(name)}">${escaped(name)}</a>`;
  return `<code>${escaped(JSON.stringify(schema))}</code>`;
}

function operationMarkup(method: string, path: string, operation: z.output<typeof operationShape>): string {
  const scope = operation["x-scope"];
  const parameters = (operation.parameters ?? [])
    .map(
      ({ name, in: place, required, schema }) =>
        `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}${required === true ? ", required" : ""}</td><td>${schemaText(schema)}</td></tr>`,
    )
    .join("");
  const bodies = Object.entries(operation.requestBody?.content ?? {})
    .map(([type, { schema }]) => `<p>Body <code>${escaped(type)}</code>: ${schemaText(schema)}</p>`)
    .join("");
  const responses = Object.entries(operation.responses)
    .map(([status, { description }]) => `<li><b>${escaped(status)}</b> ${escaped(description)}</li>`)
    .join("");
  return `<section id="${escaped(operation.operationId)}">
<h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2>
<p>${escaped(operation.summary)}. ${escaped(operation.description ?? "")}</p>
<p>${scope === undefined ? "For everybody." : `Scope <b>${escaped(scope)}</b>.`}</p>
${parameters === "" ? "" : `<table><tr><th>name</th><th>in</th><th>what</th></tr>${parameters}</table>`}
${bodies}<ul>${responses}</ul></section>`;
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
  const contents = operations
    .map(
      ({ operation }) =>
        `<li><a href="#${escaped(operation.operationId)}">${escaped(operation.operationId)}</a> ${escaped(operation.summary)}</li>`,
    )
    .join("");
  const schemas = Object.entries(components?.schemas ?? {})
    .map(
      ([name, schema]) =>
        `<section id="schema-${escaped(name)}"><h2>${escaped(name)}</h2><pre>${escaped(JSON.stringify(schema, undefined, 2))}</pre></section>`,
    )
    .join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title><style>${style}</style></head><body><main><h1>${escaped(info.title)} ${escaped(info.version)}</h1>
<p>${escaped(info.description ?? "")}</p><p>For programs: <a href="/openapi.json">openapi.json</a>. Likeness of items by: ${escaped(similarities.join(", "))}.</p>
<ul>${contents}</ul>${operations.map(({ method, path, operation }) => operationMarkup(method, path, operation)).join("")}
<h1>Schemas</h1>${schemas}</main></body></html>`;
}
