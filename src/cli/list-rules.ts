/** Options of a command that makes lists: which items, and by what they are ranked beside the model's scores. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { Boosts, ListRules } from "../recommender/index.ts";
import { decimal, idList, nameList, wholeNumber } from "./arguments.ts";

export interface RuleFlags {
  readonly count: number;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly category?: readonly string[];
  readonly withoutCategory?: readonly string[];
  readonly categoryColumn?: string;
  readonly boost?: string;
  readonly popularityCorrection?: number;
  readonly diversity?: number;
}

export function addRuleOptions(command: Command): void {
  command
    .option("--count <n>", "items a user", wholeNumber(1), 20)
    .option("--allow <id...>", "only these items", idList)
    .option("--deny <id...>", "none of these items", idList)
    .option("--category <name...>", "only items of these categories", nameList)
    .option("--without-category <name...>", "no items of these categories", nameList)
    .option("--category-column <name>", "column of the dataset's items (default: category or categories)")
    .option("--boost <file>", "JSON of boosts by item and by category")
    .option("--popularity-correction <weight>", "take weight · ln(1 + purchases) off scores (default: 0)", decimal(0))
    .option("--diversity <share>", "from 0, as ranked, to 1, as unlike as can be (default: 0)", decimal(0, 1));
}

const boostsSchema = z.strictObject({
  items: z.record(z.string(), z.number()).optional(),
  categories: z.record(z.string(), z.number()).optional(),
});

const expected = 'expected {"items": {"42": 0.5}, "categories": {"Shoes": 1}}';

async function readBoosts(file: string): Promise<Boosts> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: cannot be read (${reason}); --boost wants a JSON file of boosts`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: is no JSON (${reason}); ${expected}`);
  }
  const parsed = boostsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new ConfigError(`${file}: ${place}${issue.message}; ${expected}`);
}

/** @returns the rules, and where their categories come from if they name any @throws ConfigError for a file of boosts that cannot be */
export async function gatherRules(
  flags: RuleFlags,
): Promise<{ readonly rules: ListRules; readonly categories: string | true | undefined }> {
  const { count, allow, deny, category, withoutCategory, popularityCorrection, diversity } = flags;
  const boosts = flags.boost === undefined ? undefined : await readBoosts(flags.boost);
  const named = [category, withoutCategory, flags.categoryColumn, boosts?.categories].some(
    (given) => given !== undefined,
  );
  return {
    rules: {
      count,
      allow,
      deny,
      categories: category,
      withoutCategories: withoutCategory,
      boosts,
      popularityCorrection,
      diversity,
    },
    categories: named ? (flags.categoryColumn ?? true) : undefined,
  };
}
