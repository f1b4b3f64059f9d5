/** Trainings that the studio follows: one that was stopped shows its checkpoint, and its stream goes on until it has finished. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { smallDataset, smallOptions } from "../../runs/small-dataset.fixture.ts";
import { InterruptedError, trainRun } from "../../runs/train-run.ts";
import { trainingSchema } from "../api.ts";
import { createStudioApp } from "./app.ts";
import { openStudio } from "./run-studio.ts";
import { readTraining } from "./trainings.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-trainings-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

it("shows a training as of its checkpoint, tells when it goes on, and ends with it", async () => {
  const dataset = smallDataset();
  const out = path.join(root, "run");
  const options = { ...smallOptions, epochs: 8 };
  const stop = new AbortController();
  const begun = trainRun({
    dataset,
    out,
    threads: 1,
    model: "lattice",
    options,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "epoch" && event.record.epoch === 3) stop.abort();
    },
  });
  await expect(begun).rejects.toThrow(InterruptedError);
  const stopped = readTraining(out);
  expect(stopped.status).toBe("unfinished");
  expect(stopped.validateBy).toBe("recall@5");
  expect(stopped.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
  expect(stopped.history.some(({ validation }) => validation !== undefined)).toBe(true);

  const studio = openStudio({ runs: [out] });
  expect((await studio.summary()).runs).toMatchObject([{ name: "run", status: "unfinished" }]);
  expect(studio.comparison()).toEqual({ runs: [], leaderboard: [] });
  const app = createStudioApp(studio, { report: () => {} });
  const response = await app.request("/api/runs/run/training/stream");
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const text = response.text();
  await trainRun({ dataset, out, threads: 1, model: "lattice", options, resume: true });
  const told = [...(await text).matchAll(/^data: (.*)$/gm)].map(([, data = ""]) =>
    trainingSchema.parse(JSON.parse(data)),
  );
  expect(told.map(({ status }) => status)).toContain("unfinished");
  expect(told.at(-1)?.status).toBe("finished");
  expect(told.at(-1)?.history).toHaveLength(8);
  const { runs, leaderboard } = studio.comparison();
  expect(runs).toMatchObject([{ name: "run", title: "LATTICE on LightGCN", epochs: 8 }]);
  expect(leaderboard.flatMap(({ rows }) => rows.map(([model]) => model))).toContain("LATTICE on LightGCN");
  expect((await app.request("/api/runs/none/training")).status).toBe(404);
  studio.close();
});
