/** The thread that lays a map out, so that the studio goes on answering: a request in `workerData`, then messages with the share done, and last the layout. */
import { parentPort, workerData } from "node:worker_threads";
import { type LayoutRequest, layOut } from "./layout.ts";

export type LayoutMessage = { readonly share: number } | { readonly layout: ReturnType<typeof layOut> };

const request: LayoutRequest = workerData;
const say = (message: LayoutMessage): void => parentPort?.postMessage(message);
say({ layout: layOut(request, (share) => say({ share })) });
