/** What `latticework encode` is to do: from its options, or guessed from the names of a catalogue's columns where they say nothing. */

import type { EncodingTarget } from "../features/encoding-target.ts";
import { firstValue, guessImageColumns, guessTextColumns, isAddress } from "../features/guess-columns.ts";
import type { NeuralKind } from "../features/neural/options.ts";
import { UsageError } from "./failure.ts";

export interface PlannedEncoding {
  readonly kind: NeuralKind;
  readonly columns: readonly string[];
  /** Name of the modality to be. */
  readonly modality: string;
}

export interface EncodePlan {
  readonly encodings: readonly PlannedEncoding[];
  /** What was guessed, for people. */
  readonly notes: readonly string[];
}

export interface PlanFlags {
  readonly text?: readonly string[];
  readonly image?: string;
  readonly audio?: string;
  readonly name?: string;
  readonly model?: string;
}

function asked({ text, image, audio, name }: PlanFlags): readonly PlannedEncoding[] {
  const single = (kind: "image" | "audio", column: string | undefined): readonly PlannedEncoding[] =>
    column === undefined ? [] : [{ kind, columns: [column], modality: name ?? kind }];
  return [
    ...single("image", image),
    ...single("audio", audio),
    ...(text === undefined ? [] : [{ kind: "text", columns: text, modality: name ?? "text" } as const]),
  ];
}

async function guess({ table }: EncodingTarget, name: string | undefined): Promise<EncodePlan> {
  const encodings: PlannedEncoding[] = [];
  const notes: string[] = [];
  for (const column of guessImageColumns(table.columns)) {
    if (encodings.length > 0) break;
    const value = await firstValue(table.column(column));
    if (value === undefined) continue;
    if (isAddress(value)) {
      notes.push(
        `Column ${column} holds addresses (${value.slice(0, 80)}); pictures are not fetched: download them and name the column of their paths with --image.`,
      );
      continue;
    }
    encodings.push({ kind: "image", columns: [column], modality: name ?? "image" });
    notes.push(`Guessed: pictures from column ${column} (choose with --image)`);
  }
  const texts = guessTextColumns(table.columns);
  if (texts.length > 0) {
    encodings.push({ kind: "text", columns: texts, modality: name ?? "text" });
    notes.push(`Guessed: texts from column${texts.length > 1 ? "s" : ""} ${texts.join(", ")} (choose with --text)`);
  }
  return { encodings, notes };
}

/** @throws UsageError when nothing can be guessed, or the options contradict each other */
export async function planEncodings(target: EncodingTarget, flags: PlanFlags): Promise<EncodePlan> {
  const given = asked(flags);
  const plan = given.length > 0 ? { encodings: given, notes: [] } : await guess(target, flags.name);
  const { encodings, notes } = plan;
  if (encodings.length === 0) {
    const reasons = notes.length > 0 ? ` ${notes.join(" ")}` : "";
    throw new UsageError(
      `no column of ${target.table.label} looks like texts or paths of pictures; found ${target.table.columns.join(", ") || "none but the id"}: name one with --text, --image or --audio.${reasons}`,
    );
  }
  const kinds = encodings.map(({ kind, columns }) => `--${kind} ${columns.join(",")}`).join(" and ");
  if (encodings.length > 1 && (flags.name !== undefined || flags.model !== undefined)) {
    const option = flags.model === undefined ? "--name" : "--model";
    throw new UsageError(`${option} is for one modality at a time, and there would be ${kinds}; give one of them`);
  }
  if (flags.model === undefined && encodings.some(({ kind }) => kind === "audio")) {
    throw new UsageError("sounds need a --model (CLAP, wav2vec 2.0, …): there is no classic encoder of sounds");
  }
  return plan;
}
