/**
 * A retraining in a process of its own, so that no request waits for it. The task comes as the first message, what happens goes back as messages. It
 * ends when the parent is gone; what it has not finished is nothing.
 */
import { z } from "zod";
import { LatticeworkError } from "../../errors.ts";
import { type TrainingOptionsInput, trainingOptionsSchema } from "../../training/configuration.ts";
import { openStore } from "../store/open-store.ts";
import { StoreUnavailable } from "../store/store.ts";
import { retrain } from "./retrain.ts";
import type { RetrainingMessage } from "./start-retraining.ts";

const taskSchema = z.object({
  store: z.string(),
  versions: z.string(),
  keep: z.int().min(1),
  dataset: z.string().optional(),
  threads: z.int().min(1),
  index: z.boolean(),
  // Checked, not parsed: parsing would fill in defaults, and what is not given is to be as the served run has it.
  options: z.custom<TrainingOptionsInput>((value) => trainingOptionsSchema.partial().safeParse(value).success),
});

function send(message: RetrainingMessage): Promise<void> {
  return new Promise((sent) => {
    if (process.send === undefined) sent();
    else process.send(message, () => sent());
  });
}

async function work(value: unknown, signal: AbortSignal): Promise<RetrainingMessage> {
  try {
    const { store: address, ...task } = taskSchema.parse(value);
    const store = await openStore(address);
    try {
      return await retrain({
        ...task,
        store,
        signal,
        onEvent: (event) => {
          if (event.kind === "epoch") void send({ kind: "epoch", epoch: event.record.epoch });
        },
      });
    } finally {
      await store.close();
    }
  } catch (error) {
    const expected = error instanceof LatticeworkError || error instanceof StoreUnavailable;
    return {
      kind: "failed",
      message: error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error),
      ours: expected,
    };
  }
}

const stop = new AbortController();
// Ctrl-C reaches every process of the terminal; the parent says what is to be done about it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => stop.abort());
process.once("disconnect", () => process.exit(1));
process.once("message", (task) => {
  void work(task, stop.signal).then(async (outcome) => {
    await send(outcome);
    process.exit(0);
  });
});
