/**
 * A sweep from a dataset and a space to its folder: trials are proposed, trained in processes of their own and logged; the winner is chosen on validation
 * and its test figures are measured once. A sweep that was stopped or killed goes on with the same request.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import type { Dataset } from "../data/dataset.ts";
import { readDataset } from "../data/index.ts";
import { contentOf } from "../data/modality-content.ts";
import { ConfigError, LatticeworkError } from "../errors.ts";
import { packageVersion } from "../runs/environment.ts";
import { estimateMemory } from "../training/estimate.ts";
import { withWorkers } from "../workers/with-workers.ts";
import { createSearch } from "./create-search.ts";
import { medianThresholds } from "./median-rule.ts";
import { runTrialApart, type TrialWatch } from "./run-trial.ts";
import { runSchedule, type ScheduledTrial } from "./schedule.ts";
import { knownBefore, type Proposal, recordsBefore } from "./search.ts";
import { configurationOf } from "./setting.ts";
import { readSweep, type Sweep, type SweepPlan, sweepFiles, sweepFormatVersion } from "./sweep-format.ts";
import { checkDataset, checkFolder, checkSame, planNotices, planOf, versionNotices } from "./sweep-plan.ts";
import type { SweepRequest } from "./sweep-request.ts";
import type { TrialProgress } from "./train-trial.ts";
import { type Records, type TrialOutcome, type TrialRecord, type TrialTask, trialKey } from "./trial.ts";
import { type RemoteTrials, remoteTrials } from "./trial-job.ts";
import { openTrialLog, type TrialLog } from "./trial-log.ts";
import { chooseWinner, trainWinner } from "./winner.ts";

const writeSweep = (out: string, sweep: Sweep): void =>
  writeFileAtomically(path.join(out, sweepFiles.json), `${JSON.stringify(sweep, undefined, 2)}\n`);

/** Checkpoints of trials that go no further: a higher rung was begun without them, or there are no rungs. */
function dropCheckpoints(out: string, { method }: SweepPlan, proposals: readonly Proposal[], records: Records): void {
  const highest = Math.max(0, ...proposals.map(({ rung }) => rung));
  for (const proposal of proposals) {
    const { trial } = proposal;
    const isLast = !proposals.some((one) => one.trial === trial && one.rung > proposal.rung);
    const goesOn = method === "halving" && proposal.rung === highest;
    if (!isLast || goesOn || !records.has(trialKey(proposal))) continue;
    fs.rmSync(path.join(out, sweepFiles.checkpoints, String(trial)), { recursive: true, force: true });
  }
}

/** A trial made ready: its task, and what it needs here. */
function taskOf(proposal: Proposal, plan: SweepPlan, records: Records): TrialTask {
  const { trial, rung, setting, share } = proposal;
  const { model, backbone, options } = configurationOf(setting, plan);
  const peers = plan.stopping ? (recordsBefore(records, knownBefore(trial, plan.lag)) ?? []) : [];
  return {
    trial,
    rung,
    model,
    ...(backbone === undefined ? {} : { backbone }),
    options,
    seed: plan.seed,
    epochs: Math.max(1, Math.ceil(options.epochs * share)),
    thresholds: medianThresholds(peers),
  };
}

interface TrialsRequest extends SweepRequest {
  /** Where trials are trained; absent: in processes of this machine. */
  readonly remote: RemoteTrials | undefined;
}

async function runTrials(request: TrialsRequest, sweep: Sweep, dataset: Dataset, log: TrialLog): Promise<boolean> {
  const { out, space, parallel = 1, onEvent, remote } = request;
  const { plan } = sweep;
  const signal = request.signal ?? new AbortController().signal;
  const threads = request.threads ?? Math.max(1, Math.floor(os.availableParallelism() / parallel));
  const memoryBytes = request.memoryBytes ?? process.availableMemory();
  const checkpointOf = (trial: number): string => path.join(out, sweepFiles.checkpoints, String(trial));
  let planned = 0;

  const prepareHere = (proposal: Proposal, task: TrialTask, watch: TrialWatch): ScheduledTrial => ({
    bytes: estimateMemory(dataset, task.model, task.options, threads, {
      backbone: task.backbone,
      availableBytes: memoryBytes,
    }).bytes,
    run: async () => {
      const checkpoints = checkpointOf(proposal.trial);
      fs.mkdirSync(checkpoints, { recursive: true });
      const outcome = await runTrialApart(task, { dataset: request.dataset, threads, checkpoints }, watch);
      if (outcome === undefined) return undefined;
      // Nobody else trains it: what does not fit here has failed.
      return { outcome: outcome.status === "unfit" ? { status: "failed", message: outcome.message } : outcome };
    },
  });

  await remote?.forget(log.records.values());
  return runSchedule({
    search: createSearch(space, plan),
    log,
    parallel,
    memoryBytes: remote === undefined ? memoryBytes : Number.POSITIVE_INFINITY,
    signal,
    prepare: (proposal, known) => {
      const onProgress = (progress: TrialProgress): void => onEvent?.({ kind: "progress", proposal, progress });
      const watch = { signal, onProgress };
      try {
        const task = taskOf(proposal, plan, known);
        if (remote === undefined) return prepareHere(proposal, task, watch);
        return { bytes: 0, run: () => remote.run(task, watch) };
      } catch (error) {
        if (error instanceof LatticeworkError) return { status: "failed", message: error.message };
        throw error;
      }
    },
    onStart: (proposal) => onEvent?.({ kind: "start", proposal }),
    onEnd: (record, known) => onEvent?.({ kind: "end", record, done: known.size }),
    onProposals: (proposals, more, known) => {
      dropCheckpoints(out, plan, proposals, known);
      const trials = plan.method === "halving" ? proposals.length : more ? plan.trials : proposals.length;
      if (trials === planned) return;
      planned = trials;
      onEvent?.({ kind: "plan", trials, done: known.size });
    },
  });
}

async function finish(request: SweepRequest, sweep: Sweep, records: Records): Promise<Sweep | undefined> {
  const { dataset: folder, out, onEvent } = request;
  const record = chooseWinner(records);
  onEvent?.({ kind: "winner", record });
  const configuration = configurationOf(record.setting, sweep.plan);
  const dataset = await readDataset(folder, { modalities: configuration.options.modalities });
  const run = await trainWinner(
    {
      dataset: folder,
      out: path.join(out, sweepFiles.winner),
      configuration,
      seed: sweep.plan.seed,
      threads: request.threads ?? os.availableParallelism(),
      signal: request.signal ?? new AbortController().signal,
      onEvent: (event) => {
        if (event.kind === "notice") onEvent?.({ kind: "notice", message: event.message });
      },
    },
    dataset,
  );
  if (run === undefined) return undefined;
  const { validateBy } = configuration.options;
  const again = run.metrics.validation[validateBy];
  if (again !== record.outcome.best) {
    onEvent?.({
      kind: "notice",
      message: `trained again the winner has validation ${validateBy} ${again}, as a trial it had ${record.outcome.best}: its trial ran on another version or engine`,
    });
  }
  const outcomes = [...records.values()].map(({ outcome }) => outcome);
  const count = (status: TrialOutcome["status"]): number => outcomes.filter((one) => one.status === status).length;
  return {
    ...sweep,
    latticework: packageVersion,
    finishedAt: new Date().toISOString(),
    result: {
      figure: validateBy,
      finished: count("finished"),
      stopped: count("stopped"),
      failed: count("failed"),
      seconds: outcomes.reduce((sum, one) => sum + (one.status === "failed" ? 0 : one.seconds), 0),
      winner: {
        trial: record.trial,
        rung: record.rung,
        setting: record.setting,
        model: configuration.model,
        ...(configuration.backbone === undefined ? {} : { backbone: configuration.backbone }),
        options: configuration.options,
        bestEpoch: run.metrics.bestEpoch,
        validation: run.metrics.validation,
        test: run.metrics.test,
      },
    },
  };
}

/** A finished sweep with its trials, in order of trial and rung. */
export interface SweepOutcome {
  readonly sweep: Sweep;
  readonly trials: readonly TrialRecord[];
}

/** @param sweep with its result where it is finished already @returns undefined when the signal ended it */
async function searchAndWrite(
  request: TrialsRequest,
  sweep: Sweep,
  dataset: Dataset,
): Promise<SweepOutcome | undefined> {
  const { out } = request;
  fs.mkdirSync(out, { recursive: true });
  const log = openTrialLog(path.join(out, sweepFiles.trials));
  const isDone = sweep.result !== undefined;
  for (const message of isDone ? [] : versionNotices(log.records, sweep.latticework)) {
    request.onEvent?.({ kind: "notice", message });
  }
  if (!isDone) writeSweep(out, sweep);
  if (!isDone && !(await runTrials(request, sweep, dataset, log))) return undefined;
  const finished = isDone ? sweep : await finish(request, sweep, log.records);
  if (finished === undefined) return undefined;
  const trials = [...log.records.values()].sort((a, b) => a.trial - b.trial || a.rung - b.rung);
  const { renderSweep } = await import("./report/page.ts");
  writeFileAtomically(path.join(out, sweepFiles.report), renderSweep(finished, trials));
  if (!isDone) writeSweep(out, finished);
  fs.rmSync(path.join(out, sweepFiles.checkpoints), { recursive: true, force: true });
  return { sweep: finished, trials };
}

/**
 * Trains what is not trained yet, chooses, and writes `sweep.json`, `report.html` and the winner's run folder.
 * @returns undefined when the signal ended it; the same request goes on
 * @throws ConfigError or DatasetError before anything trains, or RunError where no server of workers answers; RunError where the folder holds something else, or no trial could be trained
 */
export async function runSweep(request: SweepRequest): Promise<SweepOutcome | undefined> {
  const { out } = request;
  const before = readSweep(out);
  checkFolder(out, before);
  const dataset = await readDataset(request.dataset);
  checkDataset(dataset);
  const plan = planOf(request, before);
  if (!Number.isSafeInteger(plan.seed)) throw new ConfigError(`seed: found ${plan.seed}, expected an integer`);
  if (before !== undefined) checkSame(out, before, plan, dataset);
  for (const { setting } of createSearch(request.space, plan).propose(new Map()).proposals)
    configurationOf(setting, plan);
  const sweep: Sweep = {
    formatVersion: sweepFormatVersion,
    kind: "sweep",
    id: before?.id ?? randomUUID(),
    latticework: before?.latticework ?? packageVersion,
    startedAt: before?.startedAt ?? new Date().toISOString(),
    dataset: {
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      users: dataset.users,
      items: dataset.items,
      modalities: dataset.modalities.map((modality) => ({ name: modality.name, content: contentOf(modality) })),
    },
    plan,
  };
  const isDone = before?.result !== undefined && before.plan.trials === plan.trials;
  const notice = (message: string): void => request.onEvent?.({ kind: "notice", message });
  for (const message of isDone ? [] : planNotices(plan)) notice(message);
  return withWorkers(isDone ? undefined : request.workers, notice, (queue) => {
    const remote = queue && remoteTrials(queue, sweep, dataset);
    return searchAndWrite({ ...request, remote }, isDone ? before : sweep, dataset);
  });
}
