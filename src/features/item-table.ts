/**
 * Columns of a dataset's items wherever they lie: in `items.parquet` of our own layout, or, for the `.inter` and `5-core` layouts, in a
 * table of any common format beside the interactions (`item_text.tsv`, a CSV, Parquet or JSON Lines file, `items.json`). The
 * latter is brought into item order once, through the database, in a temporary folder.
 */
import fs from "node:fs";
import path from "node:path";
import { type Database, openDatabase, sqlName, sqlText } from "../data/database.ts";
import type { Dataset } from "../data/dataset.ts";
import { itemColumns, readItemColumn } from "../data/native-layout.ts";
import { firstLine } from "../data/parquet-table.ts";
import { makeScratchFolder } from "../data/scratch-folder.ts";
import { DatasetError } from "../errors.ts";
import { nearestName } from "./nearest-name.ts";

/** A table of items beside a dataset that has none of its own. */
export interface ItemTableFile {
  /** TSV, CSV, Parquet or JSON Lines by its ending, also compressed (`.gz`); default: `item_text.tsv`, else `items.json`. */
  readonly file?: string | undefined;
  /** Default: the one of itemID, item_id, item, asin, id that the table has. */
  readonly idColumn?: string | undefined;
}

export interface ItemTable {
  /** Names of the columns, the id left out. */
  readonly columns: readonly string[];
  /** How messages call the table. */
  readonly label: string;
  /** Changes when the table does: size and time of its file. */
  readonly state: string;
  /** A fresh pass over the ids, in item order. */
  ids(): AsyncIterable<readonly string[]>;
  /** A fresh pass over a column, "" where an item has none. @param separator between the parts of a list; default: a space @throws DatasetError for a column that does not exist, with the nearest */
  column(name: string, separator?: string): () => AsyncIterable<readonly string[]>;
  close(): void;
}

const idNames = ["itemid", "item_id", "item", "asin", "parent_asin", "product_id", "id"];
const itemsFile = "items.parquet";

function stateOf(file: string): string {
  const { size, mtimeMs } = fs.statSync(file);
  return `${size} bytes, ${mtimeMs}`;
}

function tableOver(
  folder: string,
  columns: readonly string[],
  table: { readonly label: string; readonly state: string; readonly close: () => void },
): ItemTable {
  return {
    ...table,
    columns,
    ids: readItemColumn(folder, "item"),
    column: (name, separator) => {
      if (columns.includes(name)) return readItemColumn(folder, name, separator);
      const nearest = nearestName(name, columns);
      const hint = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
      throw new DatasetError(
        `${table.label} has no column "${name}"; found ${columns.join(", ") || "none but the id"}.${hint}`,
      );
    },
  };
}

/** The items of our own layout. @throws DatasetError when `items.parquet` cannot be read */
export async function openNativeItems(folder: string): Promise<ItemTable> {
  const columns = await itemColumns(folder);
  const state = stateOf(path.join(folder, itemsFile));
  return tableOver(folder, columns, { label: itemsFile, state, close: () => {} });
}

/** The table function that reads a file, chosen by its ending, its path taken literally. */
function scanOf(file: string): string {
  const literal = sqlText(file.replaceAll(/[*?[]/g, (character) => `[${character}]`));
  const ending = path.extname(file.toLowerCase().replace(/\.gz$/, ""));
  switch (ending) {
    case ".tsv":
    case ".txt":
      return `read_csv(${literal}, delim = '\t', header = true, all_varchar = true, quote = '"', escape = '"')`;
    case ".csv":
      return `read_csv(${literal}, header = true, all_varchar = true, quote = '"', escape = '"')`;
    case ".parquet":
      return `read_parquet(${literal}, hive_partitioning = false)`;
    case ".jsonl":
    case ".ndjson":
    case ".json":
      return `read_json(${literal}, format = 'newline_delimited')`;
    default:
      throw new DatasetError(
        `item table ${file} ends in "${ending}"; expected .tsv, .csv, .parquet or .jsonl (.gz may follow): rename or convert it`,
      );
  }
}

/** Puts ids (and, of a dataset that has them, titles) in item order into a table. */
async function appendItems(database: Database, dataset: Dataset): Promise<void> {
  await database.run("CREATE TABLE known (position INTEGER, item VARCHAR, title VARCHAR)");
  const appender = await database.connection.createAppender("known");
  for (const [position, id] of dataset.itemIds.entries()) {
    const title = dataset.itemTitles?.[position];
    appender.appendInteger(position);
    appender.appendVarchar(id);
    appender.appendVarchar(title === undefined || title === id ? "" : title);
    appender.endRow();
  }
  appender.closeSync();
}

async function columnTypes(database: Database, file: string, label: string): Promise<ReadonlyMap<string, string>> {
  try {
    const found = await database.rows(`DESCRIBE SELECT * FROM ${scanOf(file)}`);
    return new Map(found.map((column) => [String(column.column_name), String(column.column_type)]));
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`${label} cannot be read as a table: ${firstLine(error)}; correct it or name another`, {
      cause: error,
    });
  }
}

function chooseId(columns: readonly string[], wanted: string | undefined, label: string): string {
  const found =
    wanted === undefined
      ? idNames
          .map((name) => columns.find((column) => column.toLowerCase() === name))
          .find((name) => name !== undefined)
      : columns.find((column) => column === wanted);
  if (found !== undefined) return found;
  throw new DatasetError(
    `${label} has ${wanted === undefined ? "no column that looks like an item id" : `no column "${wanted}"`}; found ${columns.join(", ")}: name the one with the ids`,
  );
}

/** A file's rows in item order as `items.parquet` of a temporary folder; an id that occurs twice counts once. */
async function stage(
  dataset: Dataset,
  source: ItemTableFile & { readonly file: string },
  folder: string,
): Promise<void> {
  const label = path.basename(source.file);
  const database = await openDatabase({ temporaryFolder: folder });
  try {
    await appendItems(database, dataset);
    const types = await columnTypes(database, source.file, label);
    const idColumn = chooseId([...types.keys()], source.idColumn, label);
    const texts = [...types]
      .filter(([name]) => name !== idColumn && name.toLowerCase() !== "item")
      .map(([name, type]) => {
        const value = type.endsWith("[]") ? sqlName(name) : `CAST(${sqlName(name)} AS VARCHAR)`;
        return `first(${value}) AS ${sqlName(name)}`;
      });
    const listed = `SELECT CAST(${sqlName(idColumn)} AS VARCHAR) AS "listed id" ${texts.map((text) => `, ${text}`).join("")} FROM ${scanOf(source.file)} GROUP BY 1`;
    const matched = await database.rows(
      `SELECT count(*) AS matched FROM known JOIN (SELECT DISTINCT CAST(${sqlName(idColumn)} AS VARCHAR) AS id FROM ${scanOf(source.file)}) AS listed ON known.item = listed.id`,
    );
    if (Number(matched[0]?.matched ?? 0) === 0) {
      throw new DatasetError(
        `${label} knows none of the dataset's ${dataset.items} items by its column ${idColumn}; expected ids such as ${JSON.stringify(dataset.itemIds[0])}: name the column with those ids`,
      );
    }
    await database.run(
      `COPY (SELECT known.item, listed.* EXCLUDE ("listed id") FROM known LEFT JOIN (${listed}) AS listed ON known.item = listed."listed id" ORDER BY known.position) TO ${sqlText(path.join(folder, itemsFile))} (FORMAT parquet)`,
    );
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`${label} cannot be read: ${firstLine(error)}; correct it or name another`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}

async function stageTitles(dataset: Dataset, folder: string): Promise<void> {
  const database = await openDatabase({ temporaryFolder: folder });
  try {
    await appendItems(database, dataset);
    await database.run(
      `COPY (SELECT item, title FROM known ORDER BY position) TO ${sqlText(path.join(folder, itemsFile))} (FORMAT parquet)`,
    );
  } finally {
    database.close();
  }
}

/**
 * A table beside a dataset of one of the index layouts, in the dataset's item order; items it does not list have empty columns.
 * @throws DatasetError when there is none, it cannot be read, or it knows none of the items
 */
export async function openItemTable(folder: string, dataset: Dataset, source: ItemTableFile): Promise<ItemTable> {
  const usual = path.join(folder, "item_text.tsv");
  const file = source.file ?? (fs.existsSync(usual) ? usual : undefined);
  const titles = path.join(folder, "items.json");
  if (file === undefined && !fs.existsSync(titles)) {
    throw new DatasetError(
      `${folder} has no table of items (item_text.tsv or items.json); name one that has an id column and texts or picture paths`,
    );
  }
  if (file !== undefined && !fs.existsSync(file)) {
    throw new DatasetError(`item table ${file} does not exist; check the path`);
  }
  const staged = makeScratchFolder("items");
  const close = (): void => fs.rmSync(staged, { recursive: true, force: true });
  try {
    if (file === undefined) await stageTitles(dataset, staged);
    else await stage(dataset, { ...source, file }, staged);
    const label = path.basename(file ?? titles);
    return tableOver(staged, await itemColumns(staged), { label, state: stateOf(file ?? titles), close });
  } catch (error) {
    close();
    throw error;
  }
}
