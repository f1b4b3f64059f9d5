/**
 * The key that a service asks for, where it has keys. It is kept for this tab alone (sessionStorage, gone when the tab is closed), goes out in the same header
 * that programs send, and is forgotten as soon as the service does not take it any more. A studio of run folders never asks for one.
 */
import { useEffect, useState } from "preact/hooks";
import { failureSchema } from "../api.ts";

export interface Access {
  /** Sent with every request; undefined where none was asked for. */
  readonly key: string | undefined;
  /** Whether a key has to be asked for, and whether there was one that counts no more. */
  readonly asked: "no" | "first" | "ended";
}

const place = "latticework-studio-key";

function storedKey(): string | undefined {
  try {
    return sessionStorage.getItem(place) ?? undefined;
  } catch {
    return undefined;
  }
}

function storeKey(key: string | undefined): void {
  try {
    if (key === undefined) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, key);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

let access: Access = { key: storedKey(), asked: "no" };
const watchers = new Set<(access: Access) => void>();

const forgetters: (() => void)[] = [];

/** What is kept of answers to one key may not be shown to the owner of another. */
export function whenKeyChanges(forget: () => void): void {
  forgetters.push(forget);
}

function become(next: Access): void {
  if (next.key !== access.key) for (const forget of forgetters) forget();
  access = next;
  storeKey(next.key);
  for (const watch of watchers) watch(next);
}

export const currentKey = (): string | undefined => access.key;

export const authorisation = (key = access.key): Readonly<Record<string, string>> =>
  key === undefined ? {} : { Authorization: `Bearer ${key}` };

/** The service did not take what was sent. @param key that was sent; another one may have been given meanwhile */
export function refused(key: string | undefined): void {
  if (key === access.key) become({ key: undefined, asked: key === undefined ? "first" : "ended" });
}

export const signOut = (): void => become({ key: undefined, asked: "first" });

/** @returns why the key is not taken; undefined when it is, and kept */
export async function signIn(key: string): Promise<string | undefined> {
  let response: Response;
  try {
    response = await fetch("api/studio", { headers: authorisation(key) });
  } catch {
    return "The service does not answer. Is it running, and is this machine connected to it?";
  }
  if (response.ok) {
    become({ key, asked: "no" });
    return undefined;
  }
  if (response.status === 401) return "This key is not valid. It may be mistyped, expired or revoked.";
  const problem = failureSchema.safeParse(await response.json().catch(() => undefined));
  return problem.success ? problem.data.detail : `The service answered ${response.status}. Try again.`;
}

export function useAccess(): Access {
  const [now, setNow] = useState(access);
  useEffect(() => {
    watchers.add(setNow);
    setNow(access);
    return () => {
      watchers.delete(setNow);
    };
  }, []);
  return now;
}
