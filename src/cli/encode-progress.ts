/** What a person sees of an encoding while it runs, on standard error: one live line on a screen, elsewhere a line now and then. */
import { createLogUpdate } from "log-update";
import type { EncodingProgress } from "../features/encode-dataset.ts";
import type { Terminal } from "./terminal.ts";
import { countText, durationText } from "./wording.ts";

export interface EncodeProgress {
  onProgress(progress: EncodingProgress): void;
  /** Something of the moment, such as a download under way. */
  notice(text: string): void;
  /** Leaves the screen tidy; may be called more than once. */
  end(): void;
}

const liveMilliseconds = 100;
const plainMilliseconds = 10_000;
const barCells = 20;

function bar(share: number): string {
  const filled = Math.round(Math.min(1, share) * barCells);
  return `${"█".repeat(filled)}${"░".repeat(barCells - filled)}`;
}

/** `text  ████░░░░  42%  4,200 items  12 s left` */
export function encodeLine(
  modality: string,
  { share, items }: EncodingProgress,
  secondsLeft: number | undefined,
): string {
  return [
    modality,
    bar(share),
    `${Math.floor(100 * share)}%`,
    ...(items === undefined ? [] : [`${countText(items)} items`]),
    ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
  ].join("  ");
}

export function encodeProgress(terminal: Terminal, modality: string, speaks: boolean): EncodeProgress {
  const live = speaks && terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  const interval = live === undefined ? plainMilliseconds : liveMilliseconds;
  let drawnAt = performance.now();
  let first: { readonly at: number; readonly share: number } | undefined;
  const draw = (line: string, now: number): void => {
    drawnAt = now;
    if (live === undefined) terminal.tell(line);
    else live(line.slice(0, Math.max(1, terminal.columns - 1)));
  };
  return {
    onProgress: (progress) => {
      const now = performance.now();
      first ??= { at: now, share: progress.share };
      if (!speaks || now - drawnAt < interval) return;
      const gained = progress.share - first.share;
      const left = gained > 0.02 ? (((now - first.at) / gained) * (1 - progress.share)) / 1000 : undefined;
      draw(encodeLine(modality, progress, left), now);
    },
    notice: (text) => {
      const now = performance.now();
      if (speaks && now - drawnAt >= interval) draw(`${modality}  ${text}`, now);
    },
    end: () => live?.clear(),
  };
}
