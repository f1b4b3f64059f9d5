/**
 * What a failure is to the shell: its exit code and its words. Our own refusals are one clear line; anything else is a
 * fault of Latticework and comes with its stack and a plea to report it.
 */
import { LatticeworkError } from "../errors.ts";

/** 0 success, 1 failure, 2 wrong usage, 130 interrupted (128 + SIGINT). */
export type ExitCode = 0 | 1 | 2 | 130;

/** A command that was stopped by Ctrl-C (or by its reader going away) and saved what it had; the message says how to go on. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** A usage that no parser of single options can see, such as `recommend` without users. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return 130;
  return error instanceof UsageError ? 2 : 1;
}

/** The lines for standard error. */
export function failureText(error: unknown): string {
  if (error instanceof Interrupted) return error.message;
  if (error instanceof LatticeworkError || error instanceof UsageError) return `error: ${oneLine(error.message)}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${stack}\nerror: this is a fault in Latticework, not in what you did. Please report it with the lines above and the command you ran.`;
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, " ");
}
