/**
 * Access keys, `lw_ID_SECRET`: the id finds the key, the secret is 256 random bits of which the store has the SHA-256 only (nothing to guess, so
 * nothing to slow down). Comparison takes the same time for any secret. A key that is no longer valid is told apart from a wrong one in logs alone.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { type Scope, type Store, type StoredKey, StoreUnavailable } from "../store/store.ts";

const scopes: readonly Scope[] = ["read", "write", "admin"];

/** Each scope may do what those before it may. */
export const mayDo = (scope: Scope, needed: Scope): boolean => scopes.indexOf(scope) >= scopes.indexOf(needed);

const pattern = /^lw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const hashOf = (secret: string): Buffer => hash("sha256", secret, "buffer");
/** What a key that does not exist is compared with. */
const nobody = randomBytes(32);

export interface NewKey {
  readonly scope: Scope;
  readonly name?: string | undefined;
  readonly expiresAt?: number | undefined;
}

/** @returns the key as it is given to its owner; it cannot be had again */
export async function createKey(
  store: Pick<Store, "addKey">,
  { scope, name = "", expiresAt }: NewKey,
  now: number,
): Promise<{ readonly key: string; readonly stored: StoredKey }> {
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const stored: StoredKey = { id, name, scope, hash: hashOf(secret), createdAt: now, expiresAt };
  await store.addKey(stored);
  return { key: `lw_${id}_${secret}`, stored };
}

export type KeyCheck =
  | { readonly ok: true; readonly id: string; readonly scope: Scope }
  | { readonly ok: false; readonly why: "malformed" | "unknown" | "expired" | "revoked" };

export interface KeyChecker {
  /** At once where the key was looked up lately. */
  check(key: string): KeyCheck | Promise<KeyCheck>;
  /** Whether there is any key at all, revoked and expired ones included. */
  any(): Promise<boolean>;
  /** To be looked up again. */
  forget(): void;
}

/** For so long a process may not know of a key that another one made or revoked. */
const keptMilliseconds = 2000;
/** While the store is away, what was known of a key last counts for so long: lists go on, and a key that is revoked elsewhere ends within the hour. */
const keptAwayMilliseconds = 3_600_000;
/** A store that is silent is taken for away after so long, where something is known of the key. */
const patienceMilliseconds = 1000;
const mostKept = 10_000;

interface KeptKey {
  readonly key: StoredKey | undefined;
  /** By this process's clock. */
  readonly readAt: number;
  /** A secret whose hash was found right: to compare with it costs a tenth of a hash. */
  right?: Buffer;
}

function isRight(kept: KeptKey, secret: string): boolean {
  const given = Buffer.from(secret, "latin1");
  if (kept.right !== undefined && timingSafeEqual(given, kept.right)) return true;
  const same = timingSafeEqual(hashOf(secret), kept.key?.hash ?? nobody);
  if (same) kept.right = given;
  return same;
}

export function createKeyChecker(store: Pick<Store, "key" | "keys">, now: () => number): KeyChecker {
  const kept = new LRUCache<string, KeptKey>({ max: mostKept, ttl: keptAwayMilliseconds, ttlResolution: 1000 });
  let any: boolean | undefined;

  const checkKept = (entry: KeptKey, id: string, secret: string): KeyCheck => {
    const same = isRight(entry, secret);
    const { key } = entry;
    if (key === undefined || !same) return { ok: false, why: "unknown" };
    if (key.revokedAt !== undefined) return { ok: false, why: "revoked" };
    if (key.expiresAt !== undefined && key.expiresAt <= now()) return { ok: false, why: "expired" };
    return { ok: true, id, scope: key.scope };
  };
  /** Keys that are being read, each once however many ask. */
  const reading = new Map<string, { readonly since: number; readonly entry: Promise<KeptKey> }>();
  const read = (id: string) => {
    const under = reading.get(id);
    if (under !== undefined) return under;
    const since = performance.now();
    const entry = store.key(id).then((key) => ({ key, readAt: since }));
    const begun = { since, entry };
    const done = (): boolean => reading.get(id) === begun && reading.delete(id);
    entry.then(
      (found) => {
        if (done()) kept.set(id, found);
      },
      () => done(),
    );
    reading.set(id, begun);
    return begun;
  };
  /** By what the store says, or while it is away or silent what it said last. */
  const checkStored = async (id: string, secret: string, known: KeptKey | undefined): Promise<KeyCheck> => {
    const { since, entry } = read(id);
    if (known === undefined) return checkKept(await entry, id, secret);
    const patience = new AbortController();
    try {
      const left = Math.max(0, since + patienceMilliseconds - performance.now());
      const waited = setTimeout(left, known, { signal: patience.signal });
      return checkKept(await Promise.race([entry, waited]), id, secret);
    } catch (error) {
      if (error instanceof StoreUnavailable) return checkKept(known, id, secret);
      throw error;
    } finally {
      patience.abort();
    }
  };

  return {
    check: (given) => {
      const [, id, secret] = pattern.exec(given) ?? [];
      if (id === undefined || secret === undefined) return { ok: false, why: "malformed" };
      const entry = kept.get(id);
      return entry !== undefined && performance.now() - entry.readAt < keptMilliseconds
        ? checkKept(entry, id, secret)
        : checkStored(id, secret, entry);
    },
    any: async () => {
      // Once there are keys, there is no way back to none; until then the first one counts at once.
      if (any === true) return any;
      try {
        any = (await store.keys()).length > 0;
      } catch (error) {
        if (any === undefined || !(error instanceof StoreUnavailable)) throw error;
      }
      return any;
    },
    forget: () => {
      kept.clear();
      reading.clear();
    },
  };
}
