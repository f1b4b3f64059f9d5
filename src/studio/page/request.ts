/**
 * Asking the studio's server: answers are held against their schemas, failures become words, and what was read lately is there at once. What a server says is
 * not to be stored, since it changes, is there at once as well, and is asked for again.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { z } from "zod";
import { type Failure, failureSchema } from "../api.ts";
import { authorisation, currentKey, refused, whenKeyChanges } from "./access.ts";

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
interface Kept {
  readonly value: unknown;
  /** Whether it stays as it is. */
  readonly lasts: boolean;
}

const kept = new Map<string, Kept>();
whenKeyChanges(() => kept.clear());

interface Answer<T> {
  readonly value: T;
  readonly lasts: boolean;
}

/** @throws what `failureOf` understands */
async function read<T>(schema: z.ZodType<T>, address: string, signal?: AbortSignal): Promise<Answer<T>> {
  const key = currentKey();
  const response = await fetch(`api/${address}`, { headers: authorisation(key), signal: signal ?? null });
  const content: unknown = await response.json().catch(() => undefined);
  if (response.status === 401) refused(key);
  if (!response.ok) {
    const problem = failureSchema.safeParse(content);
    throw new RequestFailed(
      problem.success
        ? problem.data
        : { title: "No answer", status: response.status, detail: `The studio answered ${response.status}.` },
    );
  }
  return { value: schema.parse(content), lasts: response.headers.get("Cache-Control") !== "no-store" };
}

/** Reads an answer. @throws what `failureOf` understands */
export const ask = async <T>(schema: z.ZodType<T>, address: string): Promise<T> => (await read(schema, address)).value;

export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure;
  if (error instanceof TypeError) {
    return {
      title: "The studio does not answer",
      status: 0,
      detail: "Is it still running? Start it again, then reload this page.",
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
      last.current = known.value as T;
      setLoaded({ state: "ready", value: known.value as T });
      if (known.lasts) return;
    }
    const stopped = new AbortController();
    if (known === undefined) setLoaded({ state: "loading", value: last.current });
    read(schema, address, stopped.signal).then(
      ({ value, lasts }) => {
        if (stopped.signal.aborted) return;
        kept.delete(address);
        kept.set(address, { value, lasts });
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
