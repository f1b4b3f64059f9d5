/**
 * What a person sees of a training while it runs, on standard error: one live line on a screen (epoch, loss, validation
 * figure, steps a second, time left), plain lines for validated epochs (every fifth where none is) where there is no screen, the notices
 * in both.
 */
import { createLogUpdate } from "log-update";
import type { EpochRecord, TrainingEvent } from "../training/events.ts";
import type { Terminal } from "./terminal.ts";
import { durationText, figureText, rateText } from "./wording.ts";

/** What the live line is made of. */
export interface ProgressState {
  readonly epochs: number;
  readonly validateBy: string;
  readonly epoch: number;
  /** 0 to 1 within the epoch. */
  readonly share: number;
  /** The last epoch's summed loss; before there is one, absent. */
  readonly loss?: number;
  readonly stepsPerSecond?: number;
  readonly validation?: number;
  readonly best?: { readonly epoch: number; readonly value: number };
  readonly secondsLeft?: number;
}

/** The live line; what does not fit into `columns` is left out, the rate first, then the time left, then the figure. */
export function progressLine(state: ProgressState, columns: number): string {
  const parts = [
    `epoch ${state.epoch}/${state.epochs} ${bar((state.epoch + state.share) / state.epochs)}`,
    state.loss === undefined ? "" : `loss ${lossText(state.loss)}`,
    state.validation === undefined ? "" : `${state.validateBy} ${figureText(state.validation)}${bestText(state)}`,
    state.stepsPerSecond === undefined ? "" : `${rateText(state.stepsPerSecond)} steps/s`,
    state.secondsLeft === undefined ? "" : `≤ ${durationText(state.secondsLeft)} left`,
  ];
  const lineOf = (): string => parts.filter((part) => part !== "").join("  ");
  for (const dispensable of [3, 4, 2, 1]) {
    if (lineOf().length < columns) break;
    parts[dispensable] = "";
  }
  return lineOf().slice(0, Math.max(1, columns - 1));
}

/** Where nothing is validated, one epoch in so many has a plain line. */
const plainLineEvery = 5;

/** True for epochs that have a plain line where there is no screen. */
export const deservesLine = ({ epoch, validation }: EpochRecord, { validation: latest }: ProgressState): boolean =>
  validation !== undefined || (latest === undefined && epoch % plainLineEvery === 0);

/** The plain line of an epoch. */
export function epochLine(record: EpochRecord, state: ProgressState): string {
  const parts = [`epoch ${record.epoch}`, `loss ${lossText(record.loss)}`];
  if (state.validation !== undefined)
    parts.push(`${state.validateBy} ${figureText(state.validation)}${bestText(state)}`);
  parts.push(`${durationText(record.seconds)} an epoch`);
  if (state.secondsLeft !== undefined) parts.push(`≤ ${durationText(state.secondsLeft)} left`);
  return parts.join("  ");
}

/** Takes a training's events; `end` leaves the screen tidy and has to be called also after a failure. */
export interface ProgressView {
  onEvent(event: TrainingEvent): void;
  /** A line for people that must not be torn by the live one. */
  tell(text: string): void;
  end(): void;
}

export interface ProgressOptions {
  /** Options of the training: how many epochs at most, and the figure that selects. */
  readonly epochs: number;
  readonly validateBy: string;
  /** Stands before the live line, e.g. the model's name where several train in turn; then nothing but that line is shown. */
  readonly label?: string;
}

export function progressView(terminal: Terminal, { epochs, validateBy, label }: ProgressOptions): ProgressView {
  const brief = label !== undefined;
  const before = brief ? `${label}  ` : "";
  let state: ProgressState = { epochs, validateBy, epoch: 0, share: 0 };
  let drawnAt = 0;
  let timed = false;
  const live = terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;

  const draw = (now: number): void => {
    if (live === undefined || now - drawnAt < redrawMilliseconds) return;
    drawnAt = now;
    live(before + progressLine(state, terminal.columns - before.length));
  };
  const tell = (text: string): void => {
    live?.clear();
    terminal.tell(text);
    drawnAt = 0;
  };
  const onEvent = (event: TrainingEvent): void => {
    switch (event.kind) {
      case "step":
        state = { ...state, epoch: event.epoch, share: event.step / event.steps, stepsPerSecond: event.stepsPerSecond };
        break;
      case "epoch": {
        const validation = event.record.validation?.[validateBy];
        state = {
          ...state,
          epoch: event.record.epoch,
          share: 1,
          loss: event.record.loss,
          secondsLeft: event.secondsLeft,
          ...(validation === undefined ? {} : { validation }),
          ...(event.best === undefined ? {} : { best: event.best }),
        };
        if (!timed && !brief && event.secondsLeft > 0) tell(firstEpochText(event.record, event.secondsLeft));
        timed = true;
        if (live === undefined && !brief && deservesLine(event.record, state))
          terminal.tell(epochLine(event.record, state));
        break;
      }
      case "notice":
        if (!brief) tell(event.message);
        break;
      case "checkpoint":
      case "resumed":
        break;
    }
    draw(performance.now());
  };
  return { onEvent, tell, end: () => live?.clear() };
}

const redrawMilliseconds = 80;
const barCells = 20;

function bar(share: number): string {
  const filled = Math.round(Math.min(1, share) * barCells);
  return `${"█".repeat(filled)}${"░".repeat(barCells - filled)}`;
}

function bestText(state: ProgressState): string {
  return state.best === undefined ? "" : ` (best ${figureText(state.best.value)} at ${state.best.epoch})`;
}

function lossText(loss: number): string {
  return loss >= 100 ? loss.toFixed(1) : loss.toFixed(4);
}

function firstEpochText({ seconds, validation }: EpochRecord, secondsLeft: number): string {
  const left = durationText(secondsLeft);
  const toGo = validation === undefined ? `about ${left} to go` : `at most ${left} to go, less if it stops early`;
  return `The first epoch took ${durationText(seconds)}; ${toGo}.`;
}
