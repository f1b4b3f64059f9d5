/**
 * The holder of a lease, in words by which another process of the same machine can see whether it still runs: a killed process cannot give its lease
 * back. Where there is no /proc, and between machines or containers, nothing is known of a holder, and its lease runs out.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { beginningOf } from "../../data/running-process.ts";

/** Processes with the same one see each other: this start of the machine, and the namespace of process ids. */
function machine(): string | undefined {
  try {
    const start = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${start}/${fs.readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** This process as a holder, another one each time. */
export function thisProcess(): string {
  const parts = [randomUUID(), machine() ?? "", String(process.pid), beginningOf(process.pid) ?? ""];
  return parts.join(" ");
}

/** Whether a holder is known not to run any more. */
export function isGone(holder: string): boolean {
  const [, where = "", pid = "", beginning = ""] = holder.split(" ");
  if (where === "" || beginning === "" || where !== machine()) return false;
  return beginningOf(Number(pid)) !== beginning;
}
