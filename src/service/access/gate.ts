/**
 * Who may call: a valid key whose scope reaches, so many times in so much time. While no key exists, everybody on this machine may do
 * everything, and nobody else anything.
 */
import { TokenBucket } from "limiter";
import { LRUCache } from "lru-cache";
import { Problem } from "../http/problem.ts";
import type { Scope } from "../store/store.ts";
import { type KeyCheck, type KeyChecker, mayDo } from "./api-keys.ts";

export interface Caller {
  /** Of the key; "local" where there is none. */
  readonly id: string;
  readonly scope: Scope;
}

export interface Visitor {
  /** Headers as they are. */
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  /** Of the socket. */
  readonly address: string | undefined;
}

export interface Gate {
  /**
   * At once where the key is at hand: most requests then need not wait for anything.
   * @throws Problem unauthorised, forbidden or too-many
   */
  admit(visitor: Visitor, needed: Scope): Caller | Promise<Caller>;
}

export interface GateOptions {
  /** Requests a second and key; a burst of ten seconds' worth is let through. 0: any number. */
  readonly requestsPerSecond: number;
}

const burstSeconds = 10;
/** Names whose visits are counted; the one longest unseen is forgotten first. */
const mostCounted = 100_000;

/** Loopback, as a socket tells it. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === "::1";
}

const namesLoopback = (host: string | undefined): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host ?? "");

/** Counts visits by name: so many at once, and as many again as come in over an interval. @param refusal said of one too many */
function countVisits(
  burst: number,
  tokensPerInterval: number,
  interval: number,
  refusal: string,
): (whom: string) => void {
  const buckets = new LRUCache<string, TokenBucket>({ max: mostCounted });
  return (whom) => {
    let bucket = buckets.get(whom);
    if (bucket === undefined) {
      bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval, interval });
      bucket.content = burst;
      buckets.set(whom, bucket);
    }
    if (bucket.tryRemoveTokens(1)) return;
    throw new Problem("too-many", refusal, {
      retryAfterSeconds: Math.max(1, bucket.getWaitTime(1) / 1000),
    });
  };
}

export function createGate(keys: KeyChecker, { requestsPerSecond }: GateOptions): Gate {
  const countRequest =
    requestsPerSecond > 0
      ? countVisits(
          Math.ceil(requestsPerSecond * burstSeconds),
          requestsPerSecond,
          1000,
          "This key has sent too many requests; wait, then go on more slowly",
        )
      : undefined;
  /** Attempts with a wrong key, by address: guessing is hopeless, and noisy. */
  const countFailure = countVisits(
    300,
    300,
    60_000,
    "Too many keys that are not valid came from this address; wait, then send one that is",
  );

  const admitKeyless = async ({ host, address }: Visitor): Promise<Caller> => {
    if (await keys.any()) throw new Problem("unauthorised", "Send the header Authorization: Bearer lw_…");
    // A page elsewhere may have its name point here: what it is called by tells it.
    if (!isLoopback(address) || !namesLoopback(host)) {
      throw new Problem(
        "forbidden",
        "No key exists yet, so only this machine is served; create one with latticework key create",
      );
    }
    return { id: "local", scope: "admin" };
  };

  const admitChecked = (checked: KeyCheck | undefined, { address }: Visitor, needed: Scope): Caller => {
    if (checked?.ok !== true) {
      countFailure(address ?? "");
      throw new Problem("unauthorised", "The key is not valid; it may be mistyped, expired or revoked");
    }
    countRequest?.(checked.id);
    if (!mayDo(checked.scope, needed)) {
      throw new Problem("forbidden", `This needs a key of scope ${needed}; this one has scope ${checked.scope}`);
    }
    return checked;
  };

  return {
    admit: (visitor, needed) => {
      const { authorization } = visitor;
      if (authorization === undefined) return admitKeyless(visitor);
      const [, token] = /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(authorization) ?? [];
      const checked = token === undefined ? undefined : keys.check(token);
      return checked instanceof Promise
        ? checked.then((found) => admitChecked(found, visitor, needed))
        : admitChecked(checked, visitor, needed);
    },
  };
}
