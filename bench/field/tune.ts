/**
 * The setting of a contender: its starting setting (the published one, or the defaults) is one trial, and a sweep's random settings are the others; the best on validation wins. What
 * was trained is kept as runs, so that a comparison with the same seed need not train the winner again.
 */
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Contender } from "../../src/comparison/contenders.ts";
import { folderState } from "../../src/runs/folder-state.ts";
import { openRun } from "../../src/runs/open-run.ts";
import { optionsOf, type Setting } from "../../src/sweep/setting.ts";
import { parseSpace } from "../../src/sweep/space.ts";
import { runSweep } from "../../src/sweep/sweep.ts";
import { startRun } from "../accuracy/start-run.ts";
import type { FieldContender } from "./contenders.ts";

export interface TuneRequest {
  readonly dataset: string;
  readonly out: string;
  /** Trials of each contender, the starting setting included. */
  readonly trials: number;
  readonly parallel: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly tell: (message: string) => void;
}

export interface Tuned {
  readonly name: string;
  /** What the winner sets beyond the starting setting. */
  readonly setting: Setting;
  readonly validation: number;
  /** A finished run of the winner with seed 1. */
  readonly run: string;
}

const seed = 1;

/** @returns undefined when it was stopped */
async function trainStart(start: Contender, request: TuneRequest): Promise<string | undefined> {
  const folder = join(request.out, "starts", start.name);
  if (folderState(folder) === "finished") return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const running = new Set<ChildProcess>();
  const stop = (): void => {
    for (const child of running) child.kill("SIGINT");
  };
  request.signal.addEventListener("abort", stop, { once: true });
  const { model, backbone, options } = start;
  const task = { dataset: request.dataset, out: folder, model, backbone, options, seed, threads: request.threads };
  const code = await startRun(`${start.name}, starting setting`, task, running);
  request.signal.removeEventListener("abort", stop);
  if (request.signal.aborted) return undefined;
  if (code !== 0) throw new Error(`${start.name}: its starting setting could not be trained (exit ${code})`);
  return folder;
}

/** @returns undefined when the signal ended it */
export async function tune(
  { name, space }: FieldContender,
  start: Contender,
  request: TuneRequest,
): Promise<Tuned | undefined> {
  const { dataset, out, trials, parallel, threads, signal, tell } = request;
  const startRunFolder = await trainStart(start, request);
  if (startRunFolder === undefined) return undefined;
  const figure = start.options.validateBy;
  const started: Tuned = {
    name,
    setting: {},
    validation: openRun(startRunFolder).metrics.validation[figure] ?? 0,
    run: startRunFolder,
  };
  if (space === undefined || trials < 2) return started;
  const sweepFolder = join(out, "sweeps", name);
  const outcome = await runSweep({
    dataset,
    space: parseSpace(space),
    out: sweepFolder,
    method: "random",
    trials: trials - 1,
    seed,
    model: start.model,
    backbone: start.backbone,
    options: start.given,
    parallel,
    threads,
    signal,
    onEvent: (event) => {
      if (event.kind !== "end") return;
      const { setting, outcome: ended } = event.record;
      const found = ended.status === "failed" ? ended.message : ended.best.toFixed(4);
      tell(`${name} trial ${event.done} of ${trials - 1}: ${JSON.stringify(setting)} ${ended.status} ${found}`);
    },
  });
  const winner = outcome?.sweep.result?.winner;
  if (winner === undefined) return undefined;
  const validation = winner.validation[figure] ?? 0;
  return validation > started.validation
    ? { name, setting: winner.setting, validation, run: join(sweepFolder, "winner") }
    : started;
}

/** Lays a finished run where a comparison would train it; one that is there stays. */
export function adoptRun(run: string, folder: string): void {
  if (folderState(folder) === "finished") return;
  const beside = `${folder}.part`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(run, beside, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(beside, folder);
}

/** Options of the tuned contender, as a comparison takes them. */
export const tunedOptions = (start: Contender, { setting }: Tuned): Record<string, unknown> =>
  optionsOf(setting, start.given);
