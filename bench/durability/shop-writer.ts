/**
 * One writer of a shop over HTTP: puts and deletes items of its own, sends interactions of users of its own, alone and in bulk, sends some twice, and
 * erases users. It writes one thing after the other, so that what the service has to hold is known exactly: what was acknowledged, and of the one
 * write that a kill cut off all or nothing.
 */
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Random } from "../../src/tensor/random.ts";
import { textColumns } from "./served-run.ts";

/** What the service holds of a writer: titles by item, sorted keys of interactions by user. */
export interface Held {
  readonly items: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

interface Write {
  readonly method: "PUT" | "DELETE" | "POST";
  readonly path: string;
  readonly body: string;
  readonly type: "application/json" | "application/x-ndjson";
  readonly headers?: Readonly<Record<string, string>>;
  readonly after: Held;
  /** What the answer has to say. */
  readonly answer: object | undefined;
  /** Whether it may be sent again when its answer was lost, and what is answered where it was there. */
  readonly again?: object | undefined;
}

export interface ShopWriter {
  readonly acknowledged: number;
  /** Writes until `signal` says that the service is killed now. @returns what was answered wrongly */
  write(url: string, signal: AbortSignal, onAcknowledged: () => void): Promise<readonly string[]>;
  /** Reads what the service holds, and goes on from there. @returns faults */
  check(url: string): Promise<readonly string[]>;
}

const itemsOfWriter = 4;
const usersOfWriter = 3;
const trainedItems = 40;
const bulkSize = 5;
/** Milliseconds between two writes. */
const mostPause = 10;
const patience = 30_000;

const itemLine = z.object({ id: z.string(), title: z.string().default("") });
const userLine = z.object({ source: z.string(), key: z.string().default("") });
const listAnswer = z.object({ model: z.string(), items: z.array(z.object({ id: z.string() })) });

const linesOf = <T extends z.ZodType>(schema: T, text: string): z.output<T>[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => schema.parse(JSON.parse(line)));

async function read(url: string, path: string): Promise<string> {
  const answer = await fetch(url + path, { signal: AbortSignal.timeout(patience) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GET ${path.split("?")[0]} is answered ${answer.status}: ${text}`);
  return text;
}

export function createShopWriter(name: string, random: Random): ShopWriter {
  const users = Array.from({ length: usersOfWriter }, (_, n) => `${name} user ${n}`);
  const items = Array.from({ length: itemsOfWriter }, (_, n) => `${name} item ${n}`);
  let held: Held = { items: {}, keys: Object.fromEntries(users.map((user) => [user, []])) };
  let underWay: Write | undefined;
  let count = 0;
  let acknowledged = 0;

  const featuresOf = (): number[] => Array.from({ length: textColumns }, () => 2 * random.uniform() - 1);
  const withItems = (titles: Readonly<Record<string, string>>): Held => ({
    ...held,
    items: { ...held.items, ...titles },
  });
  const withKeys = (user: string, keys: readonly string[]): Held => ({
    ...held,
    keys: { ...held.keys, [user]: [...(held.keys[user] ?? []), ...keys].toSorted() },
  });
  const lines = (list: readonly object[]): string => list.map((one) => JSON.stringify(one)).join("\n");

  const next = (): Write => {
    const token = `${name}-${count++}`;
    const user = users[random.below(users.length)] ?? name;
    const item = items[random.below(items.length)] ?? name;
    const path = `/v1/items/${encodeURIComponent(item)}`;
    const json = { type: "application/json", body: "" } as const;
    const interactions = Array.from({ length: bulkSize }, (_, n) => ({
      user,
      item: `${random.below(trainedItems)}`,
      key: `${token}#${n}`,
    }));
    const bulk = { method: "POST", type: "application/x-ndjson" } as const;
    switch (random.below(8)) {
      case 0:
      case 1: {
        const body = JSON.stringify({ title: token, features: { text: featuresOf() } });
        const answer = { id: item, recommendable: true };
        return { ...json, method: "PUT", path, body, after: withItems({ [item]: token }), answer, again: answer };
      }
      case 2: {
        if (held.items[item] === undefined) return next();
        const { [item]: _, ...others } = held.items;
        return { ...json, method: "DELETE", path, after: { ...held, items: others }, answer: undefined };
      }
      case 3:
      case 4: {
        const list = interactions.slice(0, 1 + random.below(3)).map(({ key: _, ...rest }) => rest);
        return {
          ...json,
          method: "POST",
          path: "/v1/interactions",
          body: JSON.stringify({ interactions: list }),
          headers: { "idempotency-key": token },
          after: withKeys(
            user,
            list.map((_, n) => `${token}#${n}`),
          ),
          answer: { accepted: list.length, duplicates: 0 },
          again: { accepted: 0, duplicates: list.length },
        };
      }
      case 5: {
        const answer = { accepted: bulkSize, refused: 0, problems: [] };
        const after = withKeys(
          user,
          interactions.map(({ key }) => key),
        );
        return { ...bulk, path: "/v1/import/interactions", body: lines(interactions), after, answer, again: answer };
      }
      case 6: {
        const body = lines(items.map((id) => ({ id, title: token, features: { text: featuresOf() } })));
        const after = withItems(Object.fromEntries(items.map((id) => [id, token])));
        const answer = { accepted: items.length, refused: 0, problems: [] };
        return { ...bulk, path: "/v1/import/items", body, after, answer, again: answer };
      }
      default: {
        const answer = { user, interactions: held.keys[user]?.length ?? 0 };
        const after = { ...held, keys: { ...held.keys, [user]: [] } };
        return { ...json, method: "DELETE", path: `/v1/users/${encodeURIComponent(user)}`, after, answer };
      }
    }
  };

  const gone = (signal: AbortSignal): readonly string[] =>
    signal.aborted ? [] : [`${name}: the service broke a connection off`];
  /** @returns what is wrong with the answer; undefined where there was none */
  const send = async (
    url: string,
    write: Write,
    expected: object | undefined,
  ): Promise<readonly string[] | undefined> => {
    let status: number;
    let text: string;
    try {
      const { method, path, body, type, headers = {} } = write;
      const content = method === "DELETE" ? {} : { body, headers: { "content-type": type, ...headers } };
      const answer = await fetch(url + path, { method, ...content, signal: AbortSignal.timeout(patience) });
      status = answer.status;
      text = await answer.text();
    } catch (error) {
      return error instanceof Error && error.name === "TimeoutError"
        ? [`${write.method} ${write.path} was not answered`]
        : undefined;
    }
    if (status >= 300) return [`${write.method} ${write.path} is answered ${status}: ${text}`];
    const found: unknown = text === "" ? undefined : JSON.parse(text);
    if (isDeepStrictEqual(found, expected)) return [];
    return [`${write.method} ${write.path} is answered ${text}, expected ${JSON.stringify(expected)}`];
  };

  return {
    get acknowledged() {
      return acknowledged;
    },
    write: async (url, signal, onAcknowledged) => {
      while (!signal.aborted) {
        const write = next();
        underWay = write;
        const faults = await send(url, write, write.answer);
        if (faults === undefined) return gone(signal);
        if (faults.length > 0) return faults;
        held = write.after;
        underWay = undefined;
        acknowledged++;
        onAcknowledged();
        // Retraining has to get somewhere beside it.
        await setTimeout(random.below(mostPause));
        if (write.again === undefined || random.below(4) > 0) continue;
        const twice = await send(url, write, write.again);
        if (twice === undefined) return gone(signal);
        if (twice.length > 0) return twice;
      }
      return [];
    },
    check: async (url) => {
      const faults: string[] = [];
      const all = linesOf(itemLine, await read(url, "/v1/export/items"));
      const keys: Record<string, readonly string[]> = {};
      for (const user of users) {
        const exported = linesOf(userLine, await read(url, `/v1/users/${encodeURIComponent(user)}/export`));
        keys[user] = exported.flatMap(({ source, key }) => (source === "store" ? [key] : [])).toSorted();
      }
      const titles = all.filter(({ id }) => id.startsWith(`${name} `)).map(({ id, title }) => [id, title] as const);
      const found: Held = { items: Object.fromEntries(titles), keys };
      const cut = underWay;
      underWay = undefined;
      const possible = cut === undefined ? [held] : [held, cut.after];
      if (!possible.some((one) => isDeepStrictEqual(one, found))) {
        const expected = possible.map((one) => JSON.stringify(one)).join(" or ");
        faults.push(`${name}: the service holds ${JSON.stringify(found)}, expected ${expected}`);
      }
      const wasThere = cut !== undefined && isDeepStrictEqual(cut.after, found);
      held = found;
      if (cut?.again !== undefined) {
        // As a client does that got no answer.
        faults.push(...((await send(url, cut, wasThere ? cut.again : cut.answer)) ?? ["the service is gone"]));
        held = cut.after;
      }
      const path = `/v1/users/${encodeURIComponent(users[0] ?? "")}/recommendations?exclude=nothing&count=100`;
      const listed = listAnswer.parse(JSON.parse(await read(url, path))).items.map(({ id }) => id);
      const own = listed.filter((id) => id.startsWith(`${name} `)).toSorted();
      const wanted = Object.keys(held.items).toSorted();
      if (!isDeepStrictEqual(own, wanted)) faults.push(`${name}: lists hold ${own.join()}, expected ${wanted.join()}`);
      return faults;
    },
  };
}
