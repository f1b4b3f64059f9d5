/**
 * Who may call: a valid key whose scope reaches, so many times in so much time. While no key exists, everybody on this machine may do
 * everything, and nobody else anything.
 */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "../http/problem.ts";
import type { Scope } from "../store/store.ts";
import { type KeyChecker, mayDo } from "./api-keys.ts";

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
  /** @throws Problem unauthorised, forbidden or too-many */
  admit(visitor: Visitor, needed: Scope): Promise<Caller>;
}

export interface GateOptions {
  /** Requests a second and key; a burst of ten seconds' worth is let through. 0: any number. */
  readonly requestsPerSecond: number;
}

const burstSeconds = 10;

/** Loopback, as a socket tells it. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === "::1";
}

const namesLoopback = (host: string | undefined): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host ?? "");

export function createGate(keys: KeyChecker, { requestsPerSecond }: GateOptions): Gate {
  const limiter =
    requestsPerSecond > 0
      ? new RateLimiterMemory({ points: Math.ceil(requestsPerSecond * burstSeconds), duration: burstSeconds })
      : undefined;
  /** Attempts with a wrong key, by address: guessing is hopeless, and noisy. */
  const failures = new RateLimiterMemory({ points: 300, duration: 60 });

  const consume = async (by: RateLimiterMemory, whom: string): Promise<void> => {
    try {
      await by.consume(whom);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const retryAfterSeconds = Math.max(1, error.msBeforeNext / 1000);
      throw new Problem("too-many", "This key has sent too many requests; wait, then go on more slowly", {
        retryAfterSeconds,
      });
    }
  };

  return {
    admit: async ({ authorization, host, address }, needed) => {
      if (authorization === undefined) {
        if (await keys.any()) throw new Problem("unauthorised", "Send the header Authorization: Bearer lw_…");
        // A page elsewhere may have its name point here: what it is called by tells it.
        if (!isLoopback(address) || !namesLoopback(host)) {
          throw new Problem(
            "forbidden",
            "No key exists yet, so only this machine is served; create one with latticework key create",
          );
        }
        return { id: "local", scope: "admin" };
      }
      const [, token] = /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(authorization) ?? [];
      const checked = token === undefined ? undefined : await keys.check(token);
      if (checked?.ok !== true) {
        await consume(failures, address ?? "");
        throw new Problem("unauthorised", "The key is not valid; it may be mistyped, expired or revoked");
      }
      if (limiter !== undefined) await consume(limiter, checked.id);
      if (!mayDo(checked.scope, needed)) {
        throw new Problem("forbidden", `This needs a key of scope ${needed}; this one has scope ${checked.scope}`);
      }
      return checked;
    },
  };
}
