/** What a person sees of a sweep while it runs, on standard error: a line for each trial that ended, and on a screen a live line for each that runs. */
import { createLogUpdate } from "log-update";
import type { Proposal } from "../sweep/search.ts";
import type { SweepEvent } from "../sweep/sweep-request.ts";
import { type TrialRecord, trialKey } from "../sweep/trial.ts";
import { settingText } from "./sweep-text.ts";
import type { Terminal } from "./terminal.ts";
import { durationText, figureText } from "./wording.ts";

export interface SweepProgress {
  onEvent(event: SweepEvent): void;
  /** A line for people that must not be torn by the live ones. */
  tell(text: string): void;
  end(): void;
}

const nameOf = ({ trial, rung }: Pick<Proposal, "trial" | "rung">): string =>
  rung === 0 ? `trial ${trial}` : `trial ${trial} rung ${rung}`;

function outcomeText({ outcome }: TrialRecord): string {
  switch (outcome.status) {
    case "finished":
      return `validation ${figureText(outcome.best)} at epoch ${outcome.bestEpoch}, ${durationText(outcome.seconds)}`;
    case "stopped":
      return `stopped after ${outcome.epochs} epochs with ${figureText(outcome.best)}, ${durationText(outcome.seconds)}`;
    case "failed":
      return `failed: ${outcome.message}`;
  }
}

export function sweepProgress(terminal: Terminal): SweepProgress {
  const live = terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  const running = new Map<string, string>();
  let trials = 0;
  const tell = (text: string): void => {
    live?.clear();
    terminal.tell(text);
  };
  const draw = (): void => {
    const width = Math.max(1, terminal.columns - 1);
    live?.([...running.values()].map((line) => line.slice(0, width)).join("\n"));
  };
  const onEvent = (event: SweepEvent): void => {
    switch (event.kind) {
      case "notice":
        tell(event.message);
        break;
      case "plan":
        trials = event.trials;
        tell(`${event.trials} trials, ${event.done} done already`);
        break;
      case "start":
        running.set(
          trialKey(event.proposal),
          `${nameOf(event.proposal)}: begins  ${settingText(event.proposal.setting)}`,
        );
        break;
      case "progress": {
        const { epoch, best } = event.progress;
        const figure = best === undefined ? "" : `, best ${figureText(best)}`;
        const line = `${nameOf(event.proposal)}: epoch ${epoch}${figure}  ${settingText(event.proposal.setting)}`;
        running.set(trialKey(event.proposal), line);
        break;
      }
      case "end": {
        const { record, done } = event;
        running.delete(trialKey(record));
        const where = record.worker === undefined ? "" : ` on ${record.worker}`;
        tell(
          `${nameOf(record)}: ${outcomeText(record)}${where}  ${settingText(record.setting)}  (${done} of ${trials})`,
        );
        break;
      }
      case "winner":
        tell(`${nameOf(event.record)} is the best on validation: training it once more, for the test set`);
        break;
    }
    draw();
  };
  return { onEvent, tell, end: () => live?.clear() };
}
