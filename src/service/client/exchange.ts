/** One exchange with a service: sent, sent again where that is safe and the service asks to wait, and refusals as errors. */

export interface FieldProblem {
  readonly at: string;
  readonly message: string;
}

/** What the service refused, in its words (RFC 9457). */
export class ServiceProblem extends Error {
  override readonly name = "ServiceProblem";
  readonly status: number;
  /** Such as `urn:latticework:problem:not-found`. */
  readonly type: string;
  readonly errors: readonly FieldProblem[];

  constructor(status: number, type: string, detail: string, errors: readonly FieldProblem[]) {
    super(detail);
    this.status = status;
    this.type = type;
    this.errors = errors;
  }
}

export interface ExchangeOptions {
  readonly url: string;
  readonly key?: string | undefined;
  /** Milliseconds until an answer has begun; default 10,000. */
  readonly timeout?: number | undefined;
  /** How often something is sent again that may be; default 2. */
  readonly retries?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

export interface Call {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined;
  readonly json?: unknown;
  /** Sent as it is; not sent again. */
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a second time does what the first did. */
  readonly repeatable: boolean;
}

const firstWait = 200;
const longestWait = 5000;

function addressOf(url: string, { path, query = {} }: Call): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value])
      values.append(name, String(one));
  }
  const text = values.toString();
  return `${url.replace(/\/+$/, "")}${path}${text === "" ? "" : `?${text}`}`;
}

const textIn = (value: object, name: string): string | undefined => {
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : undefined;
};

async function problemOf(response: Response): Promise<ServiceProblem> {
  const text = await response.text();
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // Something between here and the service answered in its own words.
  }
  const found = typeof document === "object" && document !== null ? document : {};
  const errors: unknown = Reflect.get(found, "errors");
  return new ServiceProblem(
    response.status,
    textIn(found, "type") ?? "about:blank",
    textIn(found, "detail") ?? `the service answered ${response.status}`,
    Array.isArray(errors) ? errors : [],
  );
}

/** @throws ServiceProblem for a refusal, and what fetch throws where there is no answer */
export async function exchange(options: ExchangeOptions, call: Call): Promise<Response> {
  const { key, timeout = 10_000, retries = 2, fetch: send = fetch } = options;
  const headers = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(call.json === undefined ? {} : { "content-type": "application/json" }),
    ...call.headers,
  };
  const body = call.json === undefined ? call.body : JSON.stringify(call.json);
  for (let attempt = 0; ; attempt++) {
    const last = !call.repeatable || attempt >= retries;
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(new Error(`no answer within ${timeout} ms`)), timeout);
    let wait = firstWait * 2 ** attempt;
    try {
      const request: RequestInit & { duplex?: "half" } = { method: call.method, headers, signal: waiting.signal };
      if (body !== undefined) {
        request.body = body;
        if (body instanceof ReadableStream) request.duplex = "half";
      }
      const response = await send(addressOf(options.url, call), request);
      if (response.ok) return response;
      const problem = await problemOf(response);
      if (last || (response.status !== 503 && response.status !== 429)) throw problem;
      wait = Math.max(wait, 1000 * Number(response.headers.get("retry-after") ?? 0));
    } catch (error) {
      if (error instanceof ServiceProblem || last) throw error;
    } finally {
      clearTimeout(timer);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(longestWait, wait)));
  }
}
