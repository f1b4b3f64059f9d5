/** A service whose model is retrained while it answers: from interactions over HTTP to another version, with no failed request, and back. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { latticework, latticeworkOutput, type Running, startLatticework } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const run = join(folder, "run");
const store = join(folder, "shop.sqlite");
const versions = join(folder, "versions");
let running: Running | undefined;
const modelsSchema = z.object({
  served: z.string(),
  versions: z.array(
    z.object({
      version: z.string(),
      note: z.looseObject({
        from: z.string().default(""),
        outcome: z.string().default(""),
        candidateNdcg: z.number().default(0),
        servingNdcg: z.number().default(0),
      }),
    }),
  ),
});

beforeAll(async () => {
  await latticeworkOutput("train", writeSmallDataset(folder), "--out", run, "--quiet", ...quickly, "--epochs", "4");
});
afterAll(() => {
  running?.process.kill("SIGKILL");
});

test("retrains while it serves, takes the better model over, and rolls back", async () => {
  const started = startLatticework(
    "serve",
    run,
    "--store",
    store,
    "--port",
    "0",
    "--rate",
    "0",
    "--versions",
    versions,
  );
  running = started;
  let output = "";
  started.process.stderr?.on("data", (text) => {
    output += String(text);
  });
  await started.seen(/Serving at http:\/\/127\.0\.0\.1:\d+/);
  const url = /Serving at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? "";
  const interactions = Array.from({ length: 80 }, (_, user) =>
    Array.from({ length: 6 }, (_, n) => ({
      user: `newcomer ${user}`,
      item: String(((user % 4) + 4 * ((user + n) % 10)) % 40),
      at: new Date(Date.UTC(2025, 0, 1 + n)).toISOString(),
    })),
  ).flat();
  const sent = await fetch(`${url}/v1/interactions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ interactions }),
  });
  expect(await sent.json()).toEqual({ accepted: interactions.length, duplicates: 0 });

  const begun = await fetch(`${url}/v1/models/retrain`, { method: "POST" });
  expect([begun.status, await begun.json()]).toEqual([202, { begun: true }]);
  expect(await (await fetch(`${url}/v1/models/retrain`, { method: "POST" })).json()).toEqual({ begun: false });
  const models = async () => modelsSchema.parse(await (await fetch(`${url}/v1/models`)).json());
  const statuses = new Set<number>();
  const ask = async (): Promise<void> => {
    const answer = await fetch(`${url}/v1/users/newcomer%201/recommendations`);
    statuses.add(answer.status);
    await answer.arrayBuffer();
  };
  let listed = await models();
  while (listed.versions.length < 2) {
    await ask();
    await setTimeout(50);
    listed = await models();
  }
  const [first, second] = listed.versions;
  expect(second.note.from).toBe(first.version);
  const takesOver = second.note.candidateNdcg >= second.note.servingNdcg;
  expect(second.note.outcome).toBe(takesOver ? "served" : "rejected");
  const servedIs = async (version: string): Promise<void> => {
    while ((await models()).served !== version) {
      await ask();
      await setTimeout(50);
    }
  };
  // Whoever won, an operator may decide otherwise; every process follows.
  const list = await latticeworkOutput("model", "list", "--store", store);
  expect(list).toContain(second.version);
  expect(list).toContain(takesOver ? "served" : "rejected");
  expect((await latticework("model", "roll-back", second.version, "--store", store)).code).toBe(0);
  await servedIs(second.version);
  const back = await latticework("model", "roll-back", "--store", store);
  expect(back.errors).toContain(`Served now: ${first.version}`);
  await servedIs(first.version);
  await ask();
  expect([...statuses]).toEqual([200]);

  const again = await latticework(
    "model",
    "retrain",
    "--store",
    store,
    "--versions",
    versions,
    "--threads",
    "1",
    "--set",
    "epochs=2",
  );
  expect(again.code, again.errors).toBe(0);
  expect(again.output).toMatch(/^(served: retrained-|rejected; )/);
  const wrong = await latticework("serve", "--store", store, "--retrain-hours", "1");
  expect([wrong.code, wrong.errors]).toEqual([2, expect.stringContaining("--versions FOLDER")]);
}, 300_000);
