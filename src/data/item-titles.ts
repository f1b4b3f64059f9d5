/**
 * Names of items for people, where a dataset folder has them: `items.json` ({"0": "Blue linen shirt", …}) or `item_text.tsv`
 * (a header with itemID and title, quoted fields allowed).
 */
import fs from "node:fs";
import path from "node:path";
import Papa from "papaparse";
import { z } from "zod";
import { DatasetError } from "../errors.ts";

const entriesSchema = z.array(z.tuple([z.string(), z.string()]), "expected an object");

function titlesFromJson(file: string): ReadonlyMap<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(
      `items.json is not JSON: ${reason}; expected {"item id": "title", …}: correct or remove it`,
      {
        cause: error,
      },
    );
  }
  // As entries, since an item may be called "__proto__", which a parsed record leaves out.
  const entries = z.record(z.string(), z.unknown()).safeParse(content).success
    ? Object.entries(Object(content))
    : undefined;
  const parsed = entriesSchema.safeParse(entries);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const item = entries?.[Number(issue?.path[0])]?.[0] ?? "";
    throw new DatasetError(
      `items.json at ${JSON.stringify(item)}: ${issue?.message ?? "unexpected content"}; expected {"item id": "title", …}`,
    );
  }
  return new Map(parsed.data);
}

function titlesFromTable(file: string): ReadonlyMap<string, string> {
  const table = Papa.parse<readonly string[]>(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""), {
    delimiter: "\t",
    skipEmptyLines: true,
  });
  const [header = [], ...rows] = table.data;
  const idColumn = header.indexOf("itemID");
  const titleColumn = header.indexOf("title");
  if (idColumn < 0 || titleColumn < 0) {
    throw new DatasetError(
      `item_text.tsv line 1: found columns ${header.join(", ")}, expected itemID and title among them; rename them or remove the file`,
    );
  }
  return new Map(rows.map((row) => [row[idColumn] ?? "", row[titleColumn] ?? ""]));
}

/**
 * Titles by item index; an item without one goes by its id. Undefined when the folder has no titles.
 * @throws DatasetError when a titles file is there but cannot be understood
 */
export function readItemTitles(folder: string, itemIds: readonly string[]): readonly string[] | undefined {
  const json = path.join(folder, "items.json");
  const table = path.join(folder, "item_text.tsv");
  let titles: ReadonlyMap<string, string>;
  if (fs.existsSync(json)) titles = titlesFromJson(json);
  else if (fs.existsSync(table)) titles = titlesFromTable(table);
  else return undefined;
  return itemIds.map((id) => titles.get(id) || id);
}
