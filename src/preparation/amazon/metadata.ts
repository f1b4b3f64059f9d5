/**
 * The metadata of a category, a Python dictionary a line: asin, and where known title, brand, description, categories (lists of paths),
 * price and imUrl (the picture's address). Fields that are absent stay absent; unknown ones are passed over.
 */
import path from "node:path";
import { DatasetError } from "../../errors.ts";
import type { TextParts } from "./item-text.ts";
import { type PythonValue, parsePythonLiteral } from "./python-literal.ts";

export interface AmazonItem extends TextParts {
  readonly item: string;
  readonly price?: number | undefined;
  readonly imUrl?: string | undefined;
}

/**
 * @param number of the line, from 1, for messages
 * @throws DatasetError for a line that is no dictionary, lacks asin, or has a field of another kind
 */
export function parseMetadata(line: string, file: string, number: number): AmazonItem {
  const label = `${path.basename(file)} line ${number}`;
  const fields = parsePythonLiteral(line, label);
  if (!(fields instanceof Map)) {
    throw new DatasetError(`${label}: found ${kindOf(fields)}, expected a dictionary of one item`);
  }
  const refuse = (key: string, found: PythonValue, expected: string): never => {
    throw new DatasetError(`${label}: ${key} is ${kindOf(found)}, expected ${expected}; correct or remove the line`);
  };
  const text = (key: string): string | undefined => {
    const value: PythonValue = fields.get(key) ?? null;
    if (value === null) return undefined;
    if (typeof value === "string") return value.toWellFormed();
    if (typeof value === "number" || typeof value === "bigint") return String(value);
    if (isList(value) && value.every((part) => typeof part === "string")) return value.join(" ").toWellFormed();
    return refuse(key, value, "text");
  };
  const categories = (): readonly (readonly string[])[] => {
    const value: PythonValue = fields.get("categories") ?? null;
    if (value === null) return [];
    if (!isList(value)) return refuse("categories", value, "a list of lists of texts");
    return value.map((one) => {
      if (typeof one === "string") return [one.toWellFormed()];
      if (!isList(one)) return refuse("categories", one, "a list of lists of texts");
      return one.map((name) =>
        typeof name === "string" ? name.toWellFormed() : refuse("categories", name, "a list of lists of texts"),
      );
    });
  };
  const item = text("asin");
  if (item === undefined || item === "") {
    const found = [...fields.keys()].join(", ") || "nothing";
    throw new DatasetError(`${label}: an item without asin, found ${found}; correct or remove the line`);
  }
  const price: PythonValue = fields.get("price") ?? null;
  return {
    item,
    title: text("title"),
    brand: text("brand"),
    description: text("description"),
    categories: categories(),
    price: price === null || typeof price === "number" ? (price ?? undefined) : refuse("price", price, "a number"),
    imUrl: text("imUrl"),
  };
}

function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

function kindOf(value: PythonValue): string {
  if (value === null) return "None";
  if (typeof value === "object") return isList(value) ? "a list" : "a dictionary";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
