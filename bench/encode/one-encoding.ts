/** One encoding in a process of its own, so that its peak memory is its own. Takes its task as JSON in the first argument, prints JSON. */
import { z } from "zod";
import { encodeDataset } from "../../src/features/encode-dataset.ts";
import { createTextEncoder } from "../../src/features/text/open-text-encoder.ts";

export const taskSchema = z.object({ folder: z.string(), threads: z.int().min(1), size: z.int().min(1) });
export type Task = z.infer<typeof taskSchema>;

export const resultSchema = z.object({
  items: z.int(),
  columns: z.int(),
  missing: z.int(),
  seconds: z.number(),
  /** Seconds when each tenth of the work was done. */
  tenths: z.array(z.number()),
  peakBytes: z.number(),
});
export type Result = z.infer<typeof resultSchema>;

async function measure({ folder, threads, size }: Task): Promise<Result> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const tenths: number[] = [];
  const report = await encodeDataset({
    folder,
    modality: "text",
    column: ["title", "description"],
    encoder: createTextEncoder({ size, threads }),
    onProgress: ({ share }) => {
      while (share >= (tenths.length + 1) / 10) {
        tenths.push(elapsed());
        console.error(`  ${tenths.length * 10}% after ${elapsed().toFixed(1)} s`);
      }
    },
  });
  return {
    items: report.items,
    columns: report.columns,
    missing: report.items - report.encoded,
    seconds: elapsed(),
    tenths,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure(taskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
