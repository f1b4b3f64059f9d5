/**
 * Swaps the model of a real service again and again while connections send requests without a pause: every one has to be answered, and every list has
 * to be the one that a single version computes. Every other swap is asked of the service itself, the others come from the store, as a retraining
 * in another process makes them.
 */
import { join } from "node:path";
import { openRecommender } from "../../src/recommender/index.ts";
import { openStore } from "../../src/service/store/open-store.ts";
import { makeServedRuns } from "../durability/served-run.ts";
import { startService } from "../durability/service-process.ts";
import { comes, versionsOf } from "../durability/version-checks.ts";

export interface SwapsRequest {
  /** Folder for everything. */
  readonly folder: string;
  readonly swaps: number;
  readonly connections: number;
  /** Told after each swap. */
  readonly onSwap?: ((swaps: number, requests: number) => void) | undefined;
}

export interface SwapsResult {
  readonly swaps: number;
  readonly requests: number;
  /** Answers of each of the two versions. */
  readonly perVersion: readonly number[];
  /** Requests that failed, and lists that are of no single version. */
  readonly faults: readonly string[];
}

const count = 10;
const mostFaults = 20;

interface Question {
  readonly path: string;
  /** Ids of the answer, by version. */
  readonly answers: Readonly<Record<string, string>>;
}

/** What each version answers, computed here. */
async function questionsOf(runs: Readonly<Record<string, string>>): Promise<readonly Question[]> {
  const answers = new Map<string, Record<string, string>>();
  for (const [version, folder] of Object.entries(runs)) {
    const recommender = await openRecommender(folder);
    const add = (path: string, items: readonly { readonly id: string }[]): void => {
      answers.set(path, { ...answers.get(path), [version]: items.map(({ id }) => id).join() });
    };
    const { users, items } = recommender.run.ids;
    for (const user of users) {
      add(`/v1/users/${user}/recommendations?count=${count}`, recommender.recommend([user], { count, exclude: "all" })[0].items);
    }
    for (const item of items) add(`/v1/items/${item}/similar?count=${count}`, recommender.similar(item, { count }));
    recommender.close();
  }
  return Array.from(answers, ([path, byVersion]) => ({ path, answers: byVersion }));
}

interface Answer {
  readonly model: string;
  readonly items: readonly { readonly id: string }[];
}

export async function swapUnderLoad(request: SwapsRequest): Promise<SwapsResult> {
  const { folder, swaps, connections } = request;
  const [first = "", second = ""] = await makeServedRuns(folder, [1, 2]);
  const address = join(folder, "store.sqlite");
  const words = [first, "--store", address, "--rate", "0", "--cache", "0"];
  const service = await startService(words, join(folder, "service.log"));
  const store = await openStore(address);
  const perVersion: Record<string, number> = {};
  const faults: string[] = [];
  let requests = 0;
  let done = 0;
  try {
    const { served } = await versionsOf(service.url);
    const other = "other";
    await store.addModel({ version: other, folder: second, createdAt: Date.now(), note: {} });
    const questions = await questionsOf({ [served]: first, [other]: second });
    let isOver = false;
    const fault = (text: string): void => {
      faults.push(text);
      isOver = faults.length >= mostFaults;
    };
    const ask = async ({ path, answers }: Question): Promise<void> => {
      requests++;
      const answer = await fetch(service.url + path);
      const text = await answer.text();
      if (!answer.ok) return fault(`${path} is answered ${answer.status}: ${text}`);
      const { model, items }: Answer = JSON.parse(text);
      const found = items.map(({ id }) => id).join();
      perVersion[model] = (perVersion[model] ?? 0) + 1;
      if (found !== answers[model]) fault(`${path} is answered ${found} as of ${model}, expected ${answers[model]}`);
    };
    const load = async (connection: number): Promise<void> => {
      for (let n = 37 * connection; !isOver; n++) {
        const question = questions[n % questions.length];
        if (question === undefined) return;
        await ask(question).catch((error: unknown) => fault(`${question.path} failed: ${String(error)}`));
      }
    };
    const loads = Array.from({ length: connections }, (_, connection) => load(connection));
    while (done < swaps && !isOver) {
      const wanted = done % 2 === 0 ? other : served;
      if (done % 4 < 2) {
        const answer = await fetch(`${service.url}/v1/models/${wanted}/serve`, { method: "POST" });
        if (!answer.ok) fault(`serving ${wanted} is answered ${answer.status}: ${await answer.text()}`);
        await answer.body?.cancel();
      } else await store.serveModel(wanted);
      const follows = await comes(async () => (await versionsOf(service.url)).served === wanted);
      if (!follows) fault(`${wanted} is not served`);
      done++;
      request.onSwap?.(done, requests);
    }
    isOver = true;
    await Promise.all(loads);
    const known = [served, other];
    for (const model of Object.keys(perVersion)) if (!known.includes(model)) faults.push(`answers are of ${model}`);
    return { swaps: done, requests, perVersion: known.map((version) => perVersion[version] ?? 0), faults };
  } finally {
    await store.close();
    await service.end("SIGKILL");
  }
}
