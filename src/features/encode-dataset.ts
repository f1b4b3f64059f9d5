/**
 * From columns of a dataset's items to a modality of it: an encoder turns texts, pictures or sounds into feature rows, which stream to
 * the dataset folder. Items that have nothing to encode, or something broken, are marked missing, counted by reason and listed.
 * What encodes item by item can be stopped and goes on later; what reads the whole catalogue first starts again.
 */
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { checkModalityName } from "../data/modality-files.ts";
import type { NewModality } from "../data/native-layout.ts";
import { ConfigError, DatasetError, LatticeworkError } from "../errors.ts";
import type { CorpusEncoder, EncodedItem, Encoder, ItemEncoder } from "./encoder.ts";
import { type EncodingTarget, openEncodingTarget } from "./encoding-target.ts";
import type { ItemTableFile } from "./item-table.ts";
import { fieldSeparator, joinColumns } from "./join-columns.ts";
import { countReasons, type MissingItem, type MissingReason, writeMissingList } from "./missing-report.ts";
import { openPartialRows, type PartialRows } from "./partial-rows.ts";

export interface EncodingProgress {
  /** 0 to 1. */
  readonly share: number;
  /** Items done, where the encoder works item by item. */
  readonly items?: number;
}

export interface EncodeDatasetRequest {
  readonly folder: string;
  /** Name of the modality to be: "text", "image". */
  readonly modality: string;
  /** One column of the items, or several that are joined; paths of files are one column. */
  readonly column: string | readonly string[];
  readonly encoder: Encoder;
  /** For datasets without a table of items of their own. */
  readonly items?: ItemTableFile | undefined;
  /** Replaces a modality of the same name; otherwise that is refused. */
  readonly force?: boolean | undefined;
  readonly onProgress?: ((progress: EncodingProgress) => void) | undefined;
  /** Stops the work after the batch at hand. */
  readonly signal?: AbortSignal | undefined;
}

export interface EncodingReport {
  readonly modality: string;
  readonly columns: number;
  readonly items: number;
  /** Items that got a row. */
  readonly encoded: number;
  readonly missing: readonly MissingReason[];
  /** Names of the files written in the dataset folder. */
  readonly files: readonly string[];
  /** Items that an earlier call had done already. */
  readonly resumedAt: number;
}

/** An encoding that was stopped by its signal. */
export class EncodingStopped extends LatticeworkError {
  override readonly name = "EncodingStopped";
  /** Items whose rows are kept for a later call; 0 where the work starts again. */
  readonly kept: number;

  constructor(modality: string, kept: number, items: number) {
    super(
      kept > 0
        ? `encoding ${modality} stopped after ${kept} of ${items} items; the same call goes on from there`
        : `encoding ${modality} stopped; nothing was changed`,
    );
    this.kept = kept;
  }
}

/** Rows of a block handed to the writer. */
const blockValues = 1 << 18;
const turnMilliseconds = 50;

/** Why a row cannot stand in a feature file, or undefined when it can. */
function faultOf(row: Float32Array): string | undefined {
  let any = false;
  for (const value of row) {
    if (!Number.isFinite(value)) return "the encoder gave NaN or infinity";
    any ||= value !== 0;
  }
  return any ? undefined : "the encoder found nothing in it (a row of zeros)";
}

function checked(item: EncodedItem, columns: number): EncodedItem {
  if ("missing" in item) return item;
  if (item.length !== columns) throw new Error(`the encoder gave ${item.length} values, promised ${columns}`);
  const fault = faultOf(item);
  return fault === undefined ? item : { missing: fault };
}

/** Encodes what is not encoded yet. */
async function encodeItems(
  target: EncodingTarget,
  texts: () => AsyncIterable<readonly string[]>,
  encoder: ItemEncoder,
  partial: PartialRows,
  { modality, onProgress, signal }: EncodeDatasetRequest,
): Promise<void> {
  const encodeBatch = async (inputs: readonly string[]): Promise<void> => {
    const places = [...inputs.keys()].filter((place) => (inputs[place] ?? "").trim() !== "");
    const rows = places.length === 0 ? [] : await encoder.encode(places.map((place) => inputs[place] ?? ""));
    if (rows.length !== places.length) throw new Error(`the encoder gave ${rows.length} rows for ${places.length}`);
    const items = inputs.map((): EncodedItem => ({ missing: "the column is empty" }));
    for (const [at, place] of places.entries()) {
      const row = rows[at];
      if (row !== undefined) items[place] = checked(row, encoder.columns);
    }
    partial.append(items);
    onProgress?.({ share: partial.done / target.items, items: partial.done });
  };
  let position = 0;
  let batch: string[] = [];
  const stopIfAsked = (): void => {
    if (signal?.aborted === true) throw new EncodingStopped(modality, partial.done, target.items);
  };
  const done = partial.done;
  stopIfAsked();
  for await (const values of texts()) {
    for (const value of values) {
      if (position++ < done) continue;
      batch.push(value);
      if (batch.length < encoder.batchSize) continue;
      await encodeBatch(batch);
      batch = [];
      stopIfAsked();
    }
  }
  if (batch.length > 0) await encodeBatch(batch);
}

/** Rows as blocks for the writer; missing items get zeros and are written down. */
async function* blocksOf(
  rows: Iterable<readonly EncodedItem[]> | AsyncIterable<readonly EncodedItem[]>,
  columns: number,
  reasons: Map<number, string>,
): AsyncGenerator<Float32Array, void, undefined> {
  const rowsAtOnce = Math.max(1, Math.floor(blockValues / columns));
  let item = 0;
  for await (const portion of rows) {
    for (let from = 0; from < portion.length; from += rowsAtOnce) {
      const part = portion.slice(from, from + rowsAtOnce);
      const block = new Float32Array(part.length * columns);
      for (const [place, found] of part.entries()) {
        const row = checked(found, columns);
        if ("missing" in row) reasons.set(item, row.missing);
        else block.set(row, place * columns);
        item++;
      }
      yield block;
    }
  }
}

async function listMissing(target: EncodingTarget, reasons: ReadonlyMap<number, string>): Promise<MissingItem[]> {
  const listed: MissingItem[] = [];
  if (reasons.size === 0) return listed;
  let index = 0;
  for await (const ids of target.table.ids()) {
    for (const id of ids) {
      const reason = reasons.get(index);
      if (reason !== undefined) listed.push({ index, id, reason });
      index++;
    }
  }
  return listed;
}

/** Streams the rows into the folder and says what became of the items. */
async function writeRows(
  target: EncodingTarget,
  modality: string,
  encoder: NewModality["encoder"],
  columns: number,
  rows: Iterable<readonly EncodedItem[]> | AsyncIterable<readonly EncodedItem[]>,
): Promise<Omit<EncodingReport, "resumedAt">> {
  const reasons = new Map<number, string>();
  const missing = (): Int32Array => {
    if (reasons.size < target.items) return Int32Array.from(reasons.keys());
    const counted = countReasons([...reasons].map(([index, reason]) => ({ index, id: String(index), reason })));
    throw new DatasetError(
      `modality ${modality}: none of the ${target.items} items could be encoded (${counted.map(({ reason, count }) => `${count} times: ${reason}`).join("; ")}); nothing was written`,
    );
  };
  const files = await target.write({
    name: modality,
    columns,
    encoder,
    missing,
    blocks: blocksOf(rows, columns, reasons),
  });
  const listed = await listMissing(target, reasons);
  const list = writeMissingList(target.folder, modality, listed);
  return {
    modality,
    columns,
    items: target.items,
    encoded: target.items - reasons.size,
    missing: countReasons(listed),
    files: list === undefined ? files : [...files, list],
  };
}

async function withItemEncoder(
  target: EncodingTarget,
  texts: () => AsyncIterable<readonly string[]>,
  encoder: ItemEncoder,
  sourceColumns: readonly string[],
  request: EncodeDatasetRequest,
): Promise<EncodingReport> {
  const note = { name: encoder.name, settings: { ...encoder.settings, columns: sourceColumns.join(",") } };
  const partial = openPartialRows(path.join(target.folder, `.${request.modality}.partial`), encoder.columns, {
    ...note,
    items: target.items,
    table: target.table.state,
  });
  const resumedAt = partial.done;
  let finished = false;
  try {
    await encodeItems(target, texts, encoder, partial, request);
    // From here on only a disk that refuses leaves rows that are worth keeping.
    finished = true;
    return { ...(await writeRows(target, request.modality, note, encoder.columns, partial.read())), resumedAt };
  } catch (error) {
    if (!(error instanceof DatasetError)) finished = false;
    throw error;
  } finally {
    if (finished) partial.remove();
    else partial.close();
  }
}

/** Lets other events (a signal, a drawing) have their turn now and then, since the work itself seldom waits. */
function createTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < turnMilliseconds) return;
    await setImmediate();
    last = performance.now();
  };
}

async function withCorpusEncoder(
  target: EncodingTarget,
  texts: () => AsyncIterable<readonly string[]>,
  encoder: CorpusEncoder,
  sourceColumns: readonly string[],
  { modality, onProgress, signal }: EncodeDatasetRequest,
): Promise<EncodingReport> {
  const turn = createTurns();
  const { columns, rows } = await encoder.encode(texts, async (share) => {
    onProgress?.({ share });
    await turn();
    if (signal?.aborted === true) throw new EncodingStopped(modality, 0, target.items);
  });
  const note = { name: encoder.name, settings: { ...encoder.settings, columns: sourceColumns.join(",") } };
  return { ...(await writeRows(target, modality, note, columns, rows)), resumedAt: 0 };
}

/**
 * Encodes columns of a dataset folder's items (any layout) into the modality, and writes it there. The encoder stays open.
 * @throws DatasetError for an unknown column, a modality that is there already (unless forced), a table that cannot be read, or when no item
 * could be encoded; EncodingStopped when the signal stopped it; LatticeworkError when the disk refuses. The dataset is then as before.
 */
export async function encodeDataset(request: EncodeDatasetRequest): Promise<EncodingReport> {
  const { folder, modality, column, encoder, items, force = false } = request;
  checkModalityName(modality);
  const columns = typeof column === "string" ? [column] : column;
  if (columns.length === 0) throw new ConfigError(`modality ${modality} needs at least one column to encode`);
  const target = await openEncodingTarget(folder, items);
  try {
    const taken = target.modalities.includes(modality);
    if (taken && !force) {
      throw new DatasetError(
        `${folder} has a modality "${modality}" already; replace it with force (--force), or give the new one another name`,
      );
    }
    const passes = columns.map((name) => target.table.column(name));
    switch (encoder.kind) {
      case "item":
        return await withItemEncoder(target, joinColumns(passes, "\n"), encoder, columns, request);
      case "corpus":
        return await withCorpusEncoder(target, joinColumns(passes, fieldSeparator), encoder, columns, request);
    }
  } finally {
    target.close();
  }
}
