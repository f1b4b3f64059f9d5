/** Refusals as problem documents (RFC 9457): what a handler throws, and the response that becomes of it. */
import { z } from "@hono/zod-openapi";

export const problemType = "application/problem+json";

/** Short names of the kinds of problem; each is a `type` of its own. */
export const problemKinds = {
  "bad-request": { status: 400, title: "The request cannot be understood" },
  unauthorised: { status: 401, title: "A valid key is needed" },
  forbidden: { status: 403, title: "This key may not do that" },
  "not-found": { status: 404, title: "There is no such thing" },
  "method-not-allowed": { status: 405, title: "That cannot be done here" },
  timeout: { status: 408, title: "The request came too slowly" },
  conflict: { status: 409, title: "That is not possible in the present state" },
  "too-large": { status: 413, title: "The request is too large" },
  "unsupported-type": { status: 415, title: "This content type is not taken here" },
  invalid: { status: 422, title: "The request holds something that cannot be" },
  "too-many": { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "A fault in the service" },
  unavailable: { status: 503, title: "The service cannot do that now" },
} as const;
export type ProblemKind = keyof typeof problemKinds;

export interface FieldProblem {
  /** Where, such as `query/count` or `body/items/3/id`. */
  readonly at: string;
  readonly message: string;
}

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: "urn:latticework:problem:invalid" }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(z.object({ at: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");

/** A refusal with its words. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly kind: ProblemKind;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** Methods that there are, of method-not-allowed. */
  readonly allow: readonly string[] | undefined;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      readonly errors?: readonly FieldProblem[];
      readonly retryAfterSeconds?: number;
      readonly allow?: readonly string[];
    } = {},
  ) {
    super(detail);
    this.kind = kind;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.allow = more.allow;
  }
}

/** The document as text, and the headers that go with it. */
export function problemDocument({ kind, message, errors, retryAfterSeconds, allow }: Problem) {
  const { status, title } = problemKinds[kind];
  const headers: Record<string, string> = { "content-type": problemType };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterSeconds));
  if (allow !== undefined) headers.allow = allow.join(", ");
  if (kind === "unauthorised") headers["www-authenticate"] = 'Bearer realm="latticework"';
  const document = { type: `urn:latticework:problem:${kind}`, title, status, detail: message, errors };
  return { status, headers, body: JSON.stringify(document) };
}
