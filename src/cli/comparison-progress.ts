/** What a person sees of a comparison while it trains, on standard error: a line for each training begun and done, and on a screen one live line of those that run. */
import { createLogUpdate } from "log-update";
import type { EpochMessage } from "../comparison/training-task.ts";
import { type ComparisonEvent, labelOf } from "../comparison/trainings.ts";
import type { Terminal } from "./terminal.ts";
import { durationText, figureText } from "./wording.ts";

export interface ComparisonProgress {
  onEvent(event: ComparisonEvent): void;
  /** A line for people that must not be torn by the live one. */
  tell(text: string): void;
  end(): void;
}

function epochText(label: string, { epoch, best, secondsLeft }: EpochMessage): string {
  const figure = best === undefined ? "" : `, best ${figureText(best)}`;
  return `${label}: epoch ${epoch}${figure}, ≤ ${durationText(secondsLeft)} left`;
}

const on = (worker: string | undefined): string => (worker === undefined ? "" : ` on ${worker}`);

export function comparisonProgress(terminal: Terminal): ComparisonProgress {
  const live = terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  const running = new Map<string, EpochMessage>();
  const startedAt = new Map<string, number>();
  const tell = (text: string): void => {
    live?.clear();
    terminal.tell(text);
  };
  const draw = (): void => {
    live?.(
      [...running]
        .map(([label, message]) => epochText(label, message).slice(0, Math.max(1, terminal.columns - 1)))
        .join("\n"),
    );
  };
  const onEvent = (event: ComparisonEvent): void => {
    switch (event.kind) {
      case "notice":
        tell(event.message);
        break;
      case "plan":
        tell(`${event.trainings} trainings, ${event.done} done already`);
        break;
      case "queued":
        tell(`${labelOf(event.training)}: waits for a worker`);
        break;
      case "start":
        startedAt.set(labelOf(event.training), performance.now());
        running.delete(labelOf(event.training));
        tell(
          `${labelOf(event.training)}: ${event.resumed ? "goes on from its checkpoint" : "begins"}${on(event.worker)}`,
        );
        break;
      case "epoch":
        running.set(labelOf(event.training), event.message);
        break;
      case "end": {
        const label = labelOf(event.training);
        const best = running.get(label)?.best;
        const since = startedAt.get(label);
        const time = since === undefined ? "" : ` in ${durationText((performance.now() - since) / 1000)}`;
        running.delete(label);
        const figure = best === undefined ? "" : `, validation ${figureText(best)}`;
        tell(`${label}: done${time}${on(event.worker)}${figure} (${event.done} of ${event.trainings})`);
        break;
      }
      case "failure":
        running.delete(labelOf(event.training));
        tell(`${labelOf(event.training)}: failed: ${event.message}`);
        break;
    }
    draw();
  };
  return { onEvent, tell, end: () => live?.clear() };
}
