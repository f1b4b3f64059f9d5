/** The thread in which items are encoded, so that requests are answered meanwhile. It opens the encoders, says which there are, then takes items. */
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { LatticeworkError } from "../../errors.ts";
import { type DatasetEncoders, type EncodedFeatures, openDatasetEncoders } from "./dataset-encoders.ts";

const itemSchema = z.object({
  title: z.string().optional(),
  text: z.string().optional(),
  categories: z.array(z.string()).optional(),
  attributes: z.record(z.string(), z.unknown()).optional(),
  picture: z.instanceof(Uint8Array).optional(),
});
const messageSchema = z.union([
  z.object({ call: z.number(), items: z.array(itemSchema) }),
  z.object({ close: z.literal(true) }),
]);
const startSchema = z.object({ folder: z.string().optional(), modalities: z.array(z.string()) });

export type ThreadMessage =
  | { readonly kind: "opened"; readonly encoders: Omit<DatasetEncoders, "encode" | "close"> }
  | { readonly kind: "encoded"; readonly call: number; readonly features: readonly EncodedFeatures[] }
  | { readonly kind: "failed"; readonly call?: number | undefined; readonly message: string; readonly ours: boolean };

const post = (message: ThreadMessage): void => parentPort?.postMessage(message);

function failed(error: unknown, call?: number): void {
  const ours = error instanceof LatticeworkError;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  post({ kind: "failed", call, ours, message: ours ? error.message : stack });
}

try {
  const { folder, modalities } = startSchema.parse(workerData);
  const encoders = await openDatasetEncoders(folder, modalities);
  let last: Promise<void> = Promise.resolve();
  parentPort?.on("message", (value: unknown) => {
    const message = messageSchema.parse(value);
    last = last.then(async () => {
      if ("close" in message) {
        await encoders.close();
        parentPort?.close();
        return;
      }
      try {
        post({ kind: "encoded", call: message.call, features: await encoders.encode(message.items) });
      } catch (error) {
        failed(error, message.call);
      }
    });
  });
  const { kinds, sources, without } = encoders;
  post({ kind: "opened", encoders: { kinds, sources, without } });
} catch (error) {
  failed(error);
}
