/** The real `latticework serve` as a process to be killed, and the processes that it trains in. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, globSync, openSync, readFileSync } from "node:fs";

export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  /** Ids of its retrainings; none where the system has no /proc. */
  trainers(): readonly number[];
  /** Resolves when it is gone. @returns its exit code; null after a kill */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
}

const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** Processes that one began; those that have ended and were not waited for are left out. */
function childrenOf(pid: number): readonly number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((file) => {
    try {
      const [state, parent] = (readFileSync(file, "utf8").split(") ").at(-1) ?? "").split(" ");
      return Number(parent) === pid && state !== "Z" ? [Number(file.split("/")[2])] : [];
    } catch {
      return [];
    }
  });
}

/** Where a new service says that it listens. @throws Error when it ends before */
async function listening(child: ChildProcess): Promise<string> {
  let errors = "";
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => {
      reject(new Error(`the service ended with ${signal ?? `code ${code}`} before it served:\n${errors}`));
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
      const [, url] = /Serving at (http:\/\/[\d.:]+);/.exec(errors) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

/** @param words after `latticework serve` @param log file that its log is added to */
export async function startService(
  words: readonly string[],
  log: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const descriptor = openSync(log, "a");
  const child = spawn(process.execPath, [main, "serve", ...words, "--port", "0"], {
    stdio: ["ignore", descriptor, "pipe"],
    // Ctrl-C is for the benchmark, which decides what ends.
    detached: true,
    env: { ...process.env, ...environment },
  });
  closeSync(descriptor);
  const killWithParent = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", killWithParent);
  const exited = once(child, "exit");
  void exited.then(() => process.off("exit", killWithParent));
  const url = await listening(child);
  const { pid = 0 } = child;
  return {
    url,
    pid,
    trainers: () => childrenOf(pid),
    end: async (signal) => {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
