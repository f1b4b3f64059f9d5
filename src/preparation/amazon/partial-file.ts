/**
 * A download that is not whole yet: the bytes so far in `NAME.part`, and in `NAME.part.json` where they come from and the validator (a
 * strong ETag, or the time of the last change) that tells whether the server still has the same file. Without a validator the bytes
 * cannot be trusted to fit what follows, and are not continued.
 */
import fs from "node:fs";
import { z } from "zod";
import { writeFileAtomically } from "../../data/atomic-file.ts";

const stateSchema = z.object({
  address: z.string(),
  validator: z.string().min(1),
  /** Bytes of the whole file, where the server said. */
  size: z.number().int().nonnegative().nullable(),
});

export type PartialState = Readonly<z.infer<typeof stateSchema>>;

export const partOf = (file: string): string => `${file}.part`;
const stateOf = (file: string): string => `${file}.part.json`;

/** What can be gone on with: how many bytes there are and where they came from. */
export function readPartial(file: string, address: string): (PartialState & { readonly bytes: number }) | undefined {
  const bytes = fs.statSync(partOf(file), { throwIfNoEntry: false })?.size ?? 0;
  if (bytes === 0) return undefined;
  try {
    const state = stateSchema.parse(JSON.parse(fs.readFileSync(stateOf(file), "utf8")));
    return state.address === address && (state.size === null || bytes <= state.size) ? { ...state, bytes } : undefined;
  } catch {
    return undefined;
  }
}

export function writePartialState(file: string, state: PartialState | undefined): void {
  if (state === undefined) fs.rmSync(stateOf(file), { force: true });
  else writeFileAtomically(stateOf(file), `${JSON.stringify(state)}\n`);
}

/** The whole file takes its name. */
export function completePartial(file: string): void {
  fs.renameSync(partOf(file), file);
  fs.rmSync(stateOf(file), { force: true });
}

/** Puts bytes that turned out to be wrong aside, under a name that nothing reads. @returns that name */
export function setPartialAside(file: string): string {
  let aside = `${file}.wrong`;
  for (let n = 2; fs.existsSync(aside); n++) aside = `${file}.wrong-${n}`;
  fs.renameSync(partOf(file), aside);
  fs.rmSync(stateOf(file), { force: true });
  return aside;
}
