/** Asking the studio's server: answers are held against their schemas, failures become words, and what was read lately is there at once. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { z } from "zod";
import { type Failure, failureSchema } from "../api.ts";

export type Loaded<T> =
  | { readonly state: "loading"; readonly value: T | undefined }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly failure: Failure; readonly value: T | undefined };

class RequestFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

const mostKept = 60;
const kept = new Map<string, unknown>();

/** Reads an answer. @throws what `failureOf` understands */
export async function ask<T>(schema: z.ZodType<T>, address: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`api/${address}`, init);
  const content: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const problem = failureSchema.safeParse(content);
    throw new RequestFailed(
      problem.success
        ? problem.data
        : { title: "No answer", status: response.status, detail: `The studio answered ${response.status}.` },
    );
  }
  return schema.parse(content);
}

export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure;
  if (error instanceof TypeError) {
    return {
      title: "The studio does not answer",
      status: 0,
      detail: "Is it still running? Start it again with latticework studio, then reload this page.",
    };
  }
  return { title: "Not understood", status: 0, detail: error instanceof Error ? error.message : String(error) };
}

/** What an address answers; while a new address loads, the value of the one before stays. @param address undefined: nothing to ask */
export function useLoaded<T>(schema: z.ZodType<T>, address: string | undefined): Loaded<T> & { retry(): void } {
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading", value: undefined });
  const last = useRef<T | undefined>(undefined);
  useEffect(() => {
    if (address === undefined) return;
    const known = kept.get(address);
    if (known !== undefined) {
      last.current = known as T;
      setLoaded({ state: "ready", value: known as T });
      return;
    }
    const stopped = new AbortController();
    setLoaded({ state: "loading", value: last.current });
    ask(schema, address, { signal: stopped.signal }).then(
      (value) => {
        if (stopped.signal.aborted) return;
        kept.set(address, value);
        const [oldest] = kept.keys();
        if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
        last.current = value;
        setLoaded({ state: "ready", value });
      },
      (error: unknown) => {
        if (!stopped.signal.aborted) setLoaded({ state: "failed", failure: failureOf(error), value: last.current });
      },
    );
    return () => stopped.abort();
  }, [schema, address, attempt]);
  return { ...loaded, retry: () => setAttempt((n) => n + 1) };
}

/** The address of a run's answers. */
export function runAddress(
  run: string,
  rest: string,
  query: Readonly<Record<string, string | number | readonly string[] | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === "") continue;
    if (typeof value === "object") for (const one of value) search.append(name, one);
    else search.set(name, String(value));
  }
  const text = search.toString();
  return `runs/${encodeURIComponent(run)}/${rest}${text === "" ? "" : `?${text}`}`;
}
