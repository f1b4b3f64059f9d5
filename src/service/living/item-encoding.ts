/** Encodes items in a thread of its own (`encoder-thread.ts`), one call after the other. */
import { Worker } from "node:worker_threads";
import { LatticeworkError } from "../../errors.ts";
import type { DatasetEncoders, EncodableItem, EncodedFeatures } from "./dataset-encoders.ts";
import type { ThreadMessage } from "./encoder-thread.ts";

export type ItemEncoding = DatasetEncoders;

interface Waiting {
  resolve(features: readonly EncodedFeatures[]): void;
  reject(error: Error): void;
}

const faultOf = ({ message, ours }: { readonly message: string; readonly ours: boolean }): Error =>
  ours ? new LatticeworkError(message) : new Error(message);

/** @param folder of the dataset @param modalities those that the run uses @throws LatticeworkError when the dataset cannot be read */
export function openItemEncoding(folder: string | undefined, modalities: readonly string[]): Promise<ItemEncoding> {
  const file = import.meta.url.endsWith(".ts") ? "./encoder-thread.ts" : "./encoder-thread.js";
  const thread = new Worker(new URL(file, import.meta.url), {
    workerData: { folder, modalities },
    execArgv: [],
    stdin: false,
  });
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let gone: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    thread.once("exit", () => resolve());
  });
  const encode = (items: readonly EncodableItem[]): Promise<readonly EncodedFeatures[]> =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(gone);
      const call = calls++;
      waiting.set(call, { resolve, reject });
      thread.postMessage({ call, items });
    });
  const close = async (): Promise<void> => {
    if (gone === undefined) thread.postMessage({ close: true });
    await exited;
  };
  const end = (error: Error): void => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  return new Promise((opened, refused) => {
    thread.on("message", (message: ThreadMessage) => {
      switch (message.kind) {
        case "opened":
          opened({ ...message.encoders, encode, close });
          return;
        case "encoded":
          waiting.get(message.call)?.resolve(message.features);
          waiting.delete(message.call);
          return;
        case "failed": {
          if (message.call === undefined) {
            refused(faultOf(message));
            void thread.terminate();
            return;
          }
          waiting.get(message.call)?.reject(faultOf(message));
          waiting.delete(message.call);
        }
      }
    });
    thread.on("error", (error) => {
      const fault = error instanceof Error ? error : new Error(String(error));
      end(fault);
      refused(fault);
    });
    thread.on("exit", () => {
      const fault = new Error("the encoder's thread has ended");
      end(fault);
      refused(fault);
    });
  });
}
