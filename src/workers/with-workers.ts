/** The workers' queue for as long as something needs it. It and its library are loaded only where an address is given. */
import type { JobQueue } from "./job-queue.ts";

/**
 * @param address `redis://…`; absent: there is no queue
 * @throws ConfigError for an impossible address, or RunError when nobody answers there, before `use` is called; what `use` throws passes through
 */
export async function withWorkers<T>(
  address: string | undefined,
  onNotice: (message: string) => void,
  use: (queue: JobQueue | undefined) => Promise<T>,
): Promise<T> {
  if (address === undefined) return use(undefined);
  const { openJobQueue } = await import("./job-queue.ts");
  const queue = await openJobQueue({ address, onNotice });
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}
