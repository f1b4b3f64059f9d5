/** Runs the command line as a user does: a process of its own, from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const repository = dirname(import.meta.dirname);
export const main = join(repository, "src", "cli", "main.ts");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output or standard error has held `text`; rejects when the process ends before. */
  seen(text: string | RegExp): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  /** Beside the variables of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts any program and collects what it writes. */
export function start(program: string, words: readonly string[], options: StartOptions = {}): Running {
  const child = spawn(program, words, {
    cwd: options.cwd ?? repository,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.variables },
  });
  const written = { output: "", errors: "" };
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.output += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    written.errors += text;
    for (const watch of watchers) watch();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...written }));
  });
  const seen = (text: string | RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const all = written.output + written.errors;
        if (typeof text === "string" ? all.includes(text) : text.test(all)) {
          watchers.delete(watch);
          resolve();
        }
      };
      watchers.add(watch);
      watch();
      void ended.then(
        ({ code, errors }) => reject(new Error(`ended with ${code} before ${text} was seen:\n${errors}`)),
        reject,
      );
    });
  return { process: child, ended, seen };
}

export function startLatticework(...words: readonly string[]): Running {
  return start(process.execPath, [main, ...words]);
}

/** As if the machine had no more than `bytes` of memory left, for its child processes too. @param folder for a file that makes it so */
export function startCramped(folder: string, bytes: number, ...words: readonly string[]): Running {
  const file = join(folder, "cramped.cjs");
  writeFileSync(file, `process.availableMemory = () => ${bytes};\n`);
  return start(process.execPath, [main, ...words], { variables: { NODE_OPTIONS: `--require "${file}"` } });
}

export function latticework(...words: readonly string[]): Promise<Ended> {
  return startLatticework(...words).ended;
}

/** As `latticework`, for what has to work: throws what it said on standard error otherwise. @returns standard output */
export async function latticeworkOutput(...words: readonly string[]): Promise<string> {
  const { code, output, errors } = await latticework(...words);
  if (code !== 0) throw new Error(`latticework ${words.join(" ")} ended with ${code}:\n${errors}`);
  return output;
}
