/** Versions of the model: what is said of one that was retrained, which of them are kept, and the way back. */
import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import type { Store, StoredModel } from "../store/store.ts";
import { foldersOf, isVersionName, removeVersion } from "./version-folders.ts";

/** What the store keeps of a retraining, beside the run. */
export const retrainingNoteSchema = z.object({
  outcome: z.enum(["served", "rejected"]),
  /** The version that it began from and was held against. */
  from: z.string(),
  /** The run that was named once and that all between began from; "" where it was not written down. */
  origin: z.string().default(""),
  candidateNdcg: z.number(),
  servingNdcg: z.number(),
  candidateRecall: z.number(),
  servingRecall: z.number(),
  /** The store's when its interactions were read. */
  position: z.number(),
  addedPairs: z.number(),
  validationPairs: z.number(),
  epochs: z.number(),
  seconds: z.number(),
});
export type RetrainingNote = Readonly<z.output<typeof retrainingNoteSchema>>;

export const noteOf = ({ note }: StoredModel): RetrainingNote | undefined => retrainingNoteSchema.safeParse(note).data;

/**
 * Takes the oldest retrained versions beyond `keep` out of the list and removes their folders. The served one stays whatever its age, and so does the one
 * it took over from: services read it until they have followed, and roll-back goes to it.
 */
export async function prune(store: Store, versions: string, keep: number): Promise<void> {
  const models = await store.models();
  const servedVersion = await store.servedModel();
  const served = models.find(({ version }) => version === servedVersion);
  const before = served === undefined ? undefined : noteOf(served)?.from;
  const own = models.filter(({ version }) => isVersionName(version));
  for (const { version, folder } of own.toReversed().slice(keep)) {
    if (version === before || foldersOf(versions, version).run !== folder) continue;
    if (await store.removeModel(version)) removeVersion(versions, version);
  }
}

/**
 * Serves an earlier version again: the named one, else the one that the served version took over from.
 * @returns its name
 * @throws ConfigError when there is none; RunError from the store when it was removed meanwhile
 */
export async function rollBack(store: Store, version?: string): Promise<string> {
  const models = await store.models();
  const servedVersion = await store.servedModel();
  const served = models.find((model) => model.version === servedVersion);
  const wanted = version ?? (served === undefined ? undefined : noteOf(served)?.from);
  if (wanted === undefined) {
    throw new ConfigError(
      `${servedVersion ?? "no version"} is served and took over from none; name the version to serve, one of ${models.map((model) => model.version).join(", ")}`,
    );
  }
  if (!models.some((model) => model.version === wanted)) {
    throw new ConfigError(
      `there is no version ${wanted} any more; name one of ${models.map((model) => model.version).join(", ")}`,
    );
  }
  await store.serveModel(wanted);
  return wanted;
}
