/**
 * `dataset.json` of our own dataset folders: how many users, items and interactions there are, which modalities, and what was done to
 * get there. It is written last, so that a folder that was cut short is no dataset.
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DatasetError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { checkModalityName } from "./modality-files.ts";

const count = z.number().int().nonnegative();

const encoderSchema = z
  .object({
    name: z.string(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .readonly();

const modalitySchema = z
  .object({
    name: z.string(),
    /** Values a feature row; 0 where there are neighbours only. */
    columns: count,
    /** Items without this modality. */
    missing: count,
    /** What made the features, where it is known. */
    encoder: encoderSchema.nullable(),
  })
  .readonly();

const descriptionSchema = z
  .object({
    format: z.literal("latticework-dataset"),
    version: z.literal(1),
    name: z.string(),
    users: count,
    items: count,
    /** Training, validation and test together; dislikes are not counted. */
    interactions: count,
    modalities: z.array(modalitySchema).readonly(),
    /** What was read, guessed, filtered and split, for people and for `inspect`. */
    preparation: z.record(z.string(), z.unknown()),
    /** Below which picture paths lie: absolute, or relative to the dataset folder. */
    imageFolder: z.string().optional(),
  })
  .readonly();

export type EncoderNote = z.output<typeof encoderSchema>;
export type ModalityDescription = z.output<typeof modalitySchema>;
export type DatasetDescription = z.output<typeof descriptionSchema>;

export const descriptionFile = "dataset.json";
export const formatMark = { format: "latticework-dataset", version: 1 } as const;

/** Whether the folder has our own layout. */
export function hasDescription(folder: string): boolean {
  return fs.existsSync(path.join(folder, descriptionFile));
}

/** @throws DatasetError when the folder has no `dataset.json`, or one that is damaged, foreign or of a newer version */
export function readDatasetDescription(folder: string): DatasetDescription {
  const file = path.join(folder, descriptionFile);
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = fs.existsSync(file)
      ? `${descriptionFile} is not JSON: ${reason}; the file is cut short or damaged: copy or prepare the dataset again`
      : `${folder} has no ${descriptionFile}, expected a prepared dataset folder; prepare one first, or check the path`;
    throw new DatasetError(message, { cause: error });
  }
  const mark = z.object({ format: z.literal(formatMark.format), version: z.number() }).safeParse(content);
  if (!mark.success) {
    throw new DatasetError(
      `${descriptionFile} is not of a dataset of ours: expected "format": "${formatMark.format}" and a "version"; remove or rename it if it belongs to another program`,
    );
  }
  if (mark.data.version > formatMark.version) {
    throw new DatasetError(
      `${descriptionFile} is of version ${mark.data.version}, expected at most ${formatMark.version}; a newer Latticework wrote it: update this one`,
    );
  }
  const parsed = descriptionSchema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DatasetError(
      `${descriptionFile} at ${JSON.stringify(issue?.path.join(".") ?? "")}: ${issue?.message ?? "unexpected content"}; correct it or prepare the dataset again`,
    );
  }
  for (const modality of parsed.data.modalities) checkModalityName(modality.name);
  return parsed.data;
}

/** Replaces `dataset.json`, all or nothing. @throws LatticeworkError when it cannot be saved */
export function writeDescription(folder: string, description: DatasetDescription): void {
  writeFileAtomically(path.join(folder, descriptionFile), `${JSON.stringify(description, undefined, 2)}\n`);
}

/** Reads, changes and replaces `dataset.json`. @returns what stands there now @throws DatasetError as `readDatasetDescription` */
export function updateDescription(
  folder: string,
  change: (description: DatasetDescription) => DatasetDescription,
): DatasetDescription {
  const changed = change(readDatasetDescription(folder));
  writeDescription(folder, changed);
  return changed;
}
