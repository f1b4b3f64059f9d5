/** Items that came after the training, as a file of JSON lines: `{"id": "x", "title": "…", "features": {"image": [0.1, …]}}`. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { NewItem } from "../recommender/index.ts";

const itemSchema = z.strictObject({
  id: z.string(),
  title: z.string().optional(),
  categories: z.array(z.string()).optional(),
  features: z.record(z.string(), z.array(z.number())),
});

function parseLine(file: string, text: string, number: number): NewItem {
  const where = `${file} line ${number}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${where}: is no JSON (${reason}); expected {"id": "x", "features": {"image": [0.1, 0.2]}}`);
  }
  const parsed = itemSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new ConfigError(`${where}: ${place}${issue.message}; expected {"id": "x", "features": {"image": [0.1, 0.2]}}`);
}

/** Empty lines are passed over. @throws ConfigError naming the file and the line */
export async function readNewItems(file: string): Promise<NewItem[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: cannot be read (${reason}); --add wants a file of JSON lines, an item a line`);
  }
  return text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(file, line, index + 1)]));
}
