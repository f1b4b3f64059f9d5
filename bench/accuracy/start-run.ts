/** Starts one training in a process of its own and passes its lines on. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Task } from "./one-run.ts";

/** @param running holds the process as long as it runs @returns its exit code */
export function startRun(label: string, task: Task, running: Set<ChildProcess>): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "one-run.ts"), JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  createInterface({ input: child.stdout }).on("line", (line) => console.error(`[${label}] ${line}`));
  return new Promise((settle, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      running.delete(child);
      settle(code ?? 1);
    });
  });
}
