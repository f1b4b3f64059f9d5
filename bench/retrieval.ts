/**
 * The approximate index beside exact scoring: recall of the exact best 20, queries a second one after the other on one thread, seconds to build and to read
 * it, memory. On made-up embeddings of any number, or those of a finished run.
 *
 *     npm run bench:retrieval -- --items 1000000
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Matrix } from "../src/engine/engine.ts";
import { openEngine } from "../src/engine/open.ts";
import { rankInBlocks } from "../src/evaluation/rank.ts";
import { openItemIndex } from "../src/recommender/retrieval/item-index.ts";
import { retrieve } from "../src/recommender/retrieval/retrieve.ts";
import { openRun } from "../src/runs/open-run.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { markdownTable } from "./measuring/figures.ts";
import { madeUpEmbeddings } from "./retrieval/made-up-embeddings.ts";

const usage = `Usage: npm run bench:retrieval -- [options]
  --items n             made-up items (default 1000000)
  --columns n           columns of their embeddings (default 64)
  --run RUN             the embeddings of a finished run instead
  --queries n           users that are asked for (default 500)
  --expansions a,b      nodes looked at in a search (default 64,128,256)
  --connectivity n      links a node has (default 16)
  --threads n           threads that build the index (default 2)`;

const count = 20;

const argumentsSchema = z.object({
  items: z.coerce.number().int().min(1000).default(1_000_000),
  columns: z.coerce.number().int().min(2).default(64),
  run: z.string().optional(),
  queries: z.coerce.number().int().min(1).default(500),
  expansions: z
    .string()
    .transform((text) => text.split(",").map(Number))
    .pipe(z.array(z.number().int().min(2)))
    .default([64, 128, 256]),
  connectivity: z.coerce.number().int().min(2).default(16),
  threads: z.coerce.number().int().min(1).default(2),
});

function readArguments(): z.infer<typeof argumentsSchema> | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      ...{ items: text, columns: text, run: text, queries: text, expansions: text, connectivity: text, threads: text },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

function embeddingsOf(run: string | undefined, items: number, queries: number, columns: number) {
  if (run === undefined) return madeUpEmbeddings(items, queries, columns);
  const weights = openRun(run).weights();
  const { users } = weights;
  const rows = Math.min(queries, users.rows);
  // Evenly spaced, since users of an export may stand in an order that says something.
  const step = Math.floor(users.rows / rows);
  const data = new Float32Array(rows * users.columns);
  for (let row = 0; row < rows; row++) {
    data.set(users.data.subarray(row * step * users.columns, (row * step + 1) * users.columns), row * users.columns);
  }
  return { items: weights.items, users: { rows, columns: users.columns, data } };
}

const vectorOf = ({ columns, data }: Matrix, row: number) => data.subarray(row * columns, (row + 1) * columns);

/** Seconds of each user, alone. */
function timed(users: number, work: (user: number) => void): { readonly median: number; readonly total: number } {
  const seconds = Array.from({ length: users }, (_, user) => {
    const from = performance.now();
    work(user);
    return (performance.now() - from) / 1000;
  });
  const sorted = seconds.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(users / 2)] ?? 0, total: seconds.reduce((sum, one) => sum + one, 0) };
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.log(usage);
    return;
  }
  const { items, users } = embeddingsOf(given.run, given.items, given.queries, given.columns);
  const engine = await openEngine({ threads: 1 });
  const own = { rows: items.rows, columns: items.columns, data: engine.floats(items.data.length) };
  own.data.set(items.data);
  const userData = engine.floats(users.data.length);
  userData.set(users.data);
  const best: Set<number>[] = [];
  const exact = timed(users.rows, (user) => {
    const embeddings = { users: { ...users, data: userData }, items: own };
    for (const block of rankInBlocks({ engine, embeddings, users: Int32Array.of(user), depth: count })) {
      best.push(new Set(block.items));
    }
  });
  const rows = [["exact, in the engine", "1.0000", (users.rows / exact.total).toFixed(0), ms(exact.median), "", ""]];
  const folder = mkdtempSync(join(tmpdir(), "latticework-retrieval-"));
  const file = join(folder, "index");
  try {
    for (const expansionSearch of given.expansions) {
      const settings = { connectivity: given.connectivity, expansionSearch, threads: given.threads };
      const from = performance.now();
      const before = process.memoryUsage().rss;
      const index = await openItemIndex(items, {
        ...settings,
        file,
        onProgress: (done) => {
          if (done % 102_400 === 0)
            console.error(`${done} items in ${((performance.now() - from) / 1000).toFixed(0)} s`);
        },
      });
      const opened = ((performance.now() - from) / 1000).toFixed(1);
      const memory = ((process.memoryUsage().rss - before) / 1e9).toFixed(2);
      let found = 0;
      const searches = timed(users.rows, (user) => {
        const vector = vectorOf(users, user);
        const list = retrieve({ index, embeddings: items, vector, accepts: () => true, refused: 0, count }) ?? [];
        found += list.filter(({ item }) => best[user].has(item)).length;
      });
      const recall = (found / (users.rows * count)).toFixed(4);
      const rate = (users.rows / searches.total).toFixed(0);
      rows.push([`index, expansion ${expansionSearch}`, recall, rate, ms(searches.median), opened, memory]);
    }
    console.error(`file: ${(statSync(file).size / 1e9).toFixed(2)} GB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${items.rows} items × ${items.columns}, ${users.rows} users\n`);
  console.log(
    markdownTable(
      ["", `recall@${count}`, "queries/s", "median ms", "built (first) or read, s", "more memory, GB"],
      rows,
    ),
  );
}

const ms = (seconds: number): string => (seconds * 1000).toFixed(2);

await main();
