/** What a measuring process has used so far. */

/** Its largest resident set. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** Processor time of all its threads, the runtime's own included. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
