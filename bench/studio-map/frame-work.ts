/**
 * A Chromium trace read as frames: from one animation frame of the page's main thread to the next, with what its tasks took, by the clock and of the
 * processor. Where WebGL runs in software the main thread waits for it, on the same processors: that is in the one and not in the other.
 */
import { z } from "zod";

const eventSchema = z.object({
  name: z.string(),
  pid: z.number(),
  tid: z.number(),
  /** Microseconds. */
  ts: z.number().default(0),
  dur: z.number().default(0),
  /** Of the processor, by the thread itself. */
  tdur: z.number().default(0),
  args: z.object({ name: z.unknown() }).partial().optional(),
});
const traceSchema = z.object({ traceEvents: z.array(eventSchema) });
type TraceEvent = z.output<typeof eventSchema>;

export interface FrameWork {
  /** Milliseconds of the processor in tasks, by frame. */
  readonly processor: readonly number[];
  /** Milliseconds by the clock in tasks, waiting included. */
  readonly clock: readonly number[];
  /** Milliseconds until the next frame. */
  readonly length: readonly number[];
}

/** The main thread with the most animation frames. */
function mainThread(events: readonly TraceEvent[]): (event: TraceEvent) => boolean {
  const frames = new Map<string, number>();
  const mains = new Set(
    events.flatMap(({ name, pid, tid, args }) =>
      name === "thread_name" && args?.name === "CrRendererMain" ? [`${pid} ${tid}`] : [],
    ),
  );
  for (const { name, pid, tid } of events) {
    const key = `${pid} ${tid}`;
    if (name === "FireAnimationFrame" && mains.has(key)) frames.set(key, (frames.get(key) ?? 0) + 1);
  }
  const [most] = [...frames].sort((a, b) => b[1] - a[1]);
  if (most === undefined) throw new Error("the trace has no animation frame of a page");
  return ({ pid, tid }) => `${pid} ${tid}` === most[0];
}

export function frameWork(trace: Uint8Array): FrameWork {
  const { traceEvents } = traceSchema.parse(JSON.parse(new TextDecoder().decode(trace)));
  const isMain = mainThread(traceEvents);
  const own = traceEvents.filter(isMain).sort((a, b) => a.ts - b.ts);
  const starts = own.filter(({ name }) => name === "FireAnimationFrame").map(({ ts }) => ts);
  const tasks = own.filter(({ name }) => name === "RunTask");
  // The task that draws a frame begins before its animation frame fires: it counts for the frame that it draws.
  const [processor, clock] = [starts.map(() => 0), starts.map(() => 0)];
  let frame = 0;
  for (const { ts, dur, tdur } of tasks) {
    while (frame + 1 < starts.length && ts + dur > (starts[frame + 1] ?? 0)) frame++;
    processor[frame] = (processor[frame] ?? 0) + tdur / 1000;
    clock[frame] = (clock[frame] ?? 0) + dur / 1000;
  }
  return {
    processor: processor.slice(1, -1),
    clock: clock.slice(1, -1),
    length: starts.slice(1, -1).map((start, n) => ((starts[n + 2] ?? start) - start) / 1000),
  };
}
