/**
 * Runs the steps of a preparation in its database: each statement has a name for people, tells how far it is while it runs, stops
 * when it is asked to, and what the database says when it fails becomes words about the disk or the memory.
 */
import { type Database, type DatabaseOptions, openDatabase } from "../data/database.ts";
import { LatticeworkError } from "../errors.ts";
import type { PreparationProgress } from "./source.ts";

export interface Steps {
  readonly database: Database;
  readonly onProgress: (progress: PreparationProgress) => void;
  /** One statement, or several separated by semicolons. */
  run(step: string, sql: string): Promise<void>;
  /** The rows of a small result. */
  rows(step: string, sql: string): ReturnType<Database["rows"]>;
  /** The one number that a query gives; 0 for NULL. */
  value(step: string, sql: string): Promise<number>;
  close(): void;
}

export interface StepsOptions extends DatabaseOptions {
  readonly onProgress?: ((progress: PreparationProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const pollMilliseconds = 200;

/** Opens the database that a preparation works in. */
export async function openSteps({ onProgress = () => undefined, signal, ...options }: StepsOptions): Promise<Steps> {
  const database = await openDatabase(options);
  try {
    // Times without a zone are UTC on every machine; rows keep the order of the file they come from.
    await database.run("SET TimeZone = 'UTC'; SET preserve_insertion_order = true");
    await database.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false");
  } catch (error) {
    database.close();
    throw error;
  }
  const { connection } = database;

  const watched = async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
    signal?.throwIfAborted();
    const stop = (): void => connection.interrupt();
    signal?.addEventListener("abort", stop, { once: true });
    onProgress({ step });
    const timer = setInterval(() => {
      const { percentage } = connection.progress;
      if (percentage > 0) onProgress({ step, share: Math.min(1, percentage / 100) });
    }, pollMilliseconds);
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw explainDatabase(error);
    } finally {
      clearInterval(timer);
      signal?.removeEventListener("abort", stop);
    }
  };
  const rows: Steps["rows"] = (step, sql) => watched(step, () => database.rows(sql));
  return {
    database,
    onProgress,
    run: (step, sql) => watched(step, () => database.run(sql)),
    rows,
    value: async (step, sql) => Number(Object.values((await rows(step, sql))[0] ?? {})[0] ?? 0),
    close: () => database.close(),
  };
}

/** A failure for want of disk or memory in words; anything else as it is. */
export function explainDatabase(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof LatticeworkError) return error;
  const { message } = error;
  if (/no space left|disk (is )?full|max_temp_directory_size|file too large|quota exceeded|ENOSPC/i.test(message)) {
    return new LatticeworkError(
      "the disk is full: free some space, or let what does not fit in memory go elsewhere with --temp-folder; nothing was written",
      { cause: error },
    );
  }
  if (/could not (write|open|create)[^\n]*|cannot open file/i.test(message) && /IO Error/.test(message)) {
    return new LatticeworkError(
      `the disk refuses: ${message.split("\n", 1)[0]}; free some space, check permissions, or choose --temp-folder; nothing was written`,
      { cause: error },
    );
  }
  if (/out of memory/i.test(message)) {
    return new LatticeworkError(
      `the database's memory does not suffice (${message.split("\n", 1)[0]}): give it more with --memory-limit, or fewer --threads; nothing was written`,
      { cause: error },
    );
  }
  return error;
}
