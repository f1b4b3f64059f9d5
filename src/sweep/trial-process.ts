/**
 * One trial in a process of its own. The task comes as the first message, progress and outcome go back as messages; "stop" saves and ends it. When
 * the parent is gone it ends at once: whoever takes the trial up again goes on from its checkpoint, or begins anew.
 */
import { z } from "zod";
import { LatticeworkError } from "../errors.ts";
import { MachineMemoryError } from "../training/estimate.ts";
import { type TrialProgress, trainTrial } from "./train-trial.ts";
import { type TrialOutcome, trialTaskSchema } from "./trial.ts";

const messageSchema = z.object({
  task: trialTaskSchema,
  place: z.object({ dataset: z.string(), threads: z.int().min(1), checkpoints: z.string().optional() }),
});

/** What a trial's process tells. */
export type TrialMessage =
  | { readonly kind: "progress"; readonly progress: TrialProgress }
  | { readonly kind: "ended"; readonly outcome: TrialOutcome }
  | { readonly kind: "unfit"; readonly message: string }
  | { readonly kind: "interrupted" }
  | { readonly kind: "fault"; readonly message: string };

function send(message: TrialMessage): Promise<void> {
  return new Promise((sent) => {
    if (process.send === undefined) sent();
    else process.send(message, () => sent());
  });
}

async function run(value: unknown, signal: AbortSignal): Promise<TrialMessage> {
  try {
    const { task, place } = messageSchema.parse(value);
    const outcome = await trainTrial(task, place, signal, (progress) => void send({ kind: "progress", progress }));
    return outcome === undefined ? { kind: "interrupted" } : { kind: "ended", outcome };
  } catch (error) {
    if (error instanceof MachineMemoryError) return { kind: "unfit", message: error.message };
    if (error instanceof LatticeworkError)
      return { kind: "ended", outcome: { status: "failed", message: error.message } };
    return { kind: "fault", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const stop = new AbortController();
// Ctrl-C reaches every process of the terminal; the parent says what is to be done about it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => stop.abort());
process.once("disconnect", () => process.exit(1));
process.once("message", (value) => {
  process.on("message", (message) => {
    if (message === "stop") stop.abort();
  });
  void run(value, stop.signal).then(async (message) => {
    await send(message);
    process.exit(0);
  });
});
