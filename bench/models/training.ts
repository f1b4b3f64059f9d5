/** What a measured training answers, ours or a peer's. */
import { z } from "zod";

export const trainingSchema = z.object({
  epochSeconds: z.array(z.number()),
  /** Of all threads together. */
  epochCpuSeconds: z.array(z.number()),
  peakBytes: z.number(),
  /** Summed over the batches of each epoch, the untimed first one included. */
  losses: z.array(z.number()),
});
export type Training = z.infer<typeof trainingSchema>;
