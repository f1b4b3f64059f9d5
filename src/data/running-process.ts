/** Whether a process of this machine still runs. One that was killed and that nobody has waited for yet has an id all the same, for as long as a first process that reaps none lives, as in many containers. */
import fs from "node:fs";

/** When a process began, in ticks of the machine, so that another one of the same id is told apart; undefined for one that does not run, and where the system has no /proc. */
export function beginningOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  if (fs.existsSync("/proc/self/stat")) return beginningOf(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return error instanceof Error && "code" in error && error.code !== "ESRCH";
  }
}
