/**
 * What each option key expects, in words and by kind, read from the schema itself so that messages, documentation and
 * checks cannot drift apart. Dotted keys (`learningRateDecay.factor`) name the parts of an option that has parts.
 */
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { trainingOptionsSchema } from "./configuration.ts";

/** The kinds of value an option takes. */
export type OptionKind = "number" | "integer" | "boolean" | "string" | "list" | "parts";

export interface OptionKey {
  /** As it is written: `skip`, `learningRateDecay.factor`. */
  readonly key: string;
  readonly kind: OptionKind;
  /** What may stand there, in words: `a number from 0 to 1`. */
  readonly expected: string;
  /** Absent where the option may be absent. */
  readonly default?: unknown;
}

const schemaNode = z.object({
  type: z.enum(["number", "integer", "boolean", "string", "array", "object"]),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
});
type SchemaNode = z.output<typeof schemaNode>;
const schemaParts = z.object({ properties: z.record(z.string(), z.unknown()) });

function expectedNumber(node: SchemaNode): string {
  const noun = node.type === "integer" ? "an integer" : "a number";
  const limits: string[] = [];
  if (node.minimum !== undefined) limits.push(`at least ${node.minimum}`);
  if (node.exclusiveMinimum !== undefined) limits.push(`above ${node.exclusiveMinimum}`);
  if (node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER) limits.push(`at most ${node.maximum}`);
  if (node.exclusiveMaximum !== undefined) limits.push(`below ${node.exclusiveMaximum}`);
  if (node.minimum !== undefined && node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER) {
    return `${noun} from ${node.minimum} to ${node.maximum}`;
  }
  return limits.length === 0 ? noun : `${noun} ${limits.join(" and ")}`;
}

function describe(key: string, node: SchemaNode): Omit<OptionKey, "key" | "default"> {
  switch (node.type) {
    case "integer":
    case "number":
      return { kind: node.type, expected: expectedNumber(node) };
    case "boolean":
      return { kind: "boolean", expected: "true or false" };
    case "array":
      return { kind: "list", expected: "one or more names, e.g. image,text" };
    case "object":
      return { kind: "parts", expected: `parts ${key}.factor and ${key}.epochs, in short .96/50` };
    case "string":
      if (node.enum !== undefined) return { kind: "string", expected: `one of ${node.enum.join(", ")}` };
      return {
        kind: "string",
        expected: "a figure and a cutoff, e.g. recall@20 (recall, precision, ndcg, ndcgRetrieved, hitRate, map or mrr)",
      };
  }
}

function keysOf(properties: Readonly<Record<string, unknown>>, prefix: string): OptionKey[] {
  return Object.entries(properties).flatMap(([name, value]): OptionKey[] => {
    const node = schemaNode.parse(value);
    const key = prefix + name;
    const entry: OptionKey = { key, ...describe(key, node), default: node.default };
    return node.type === "object" ? [entry, ...keysOf(schemaParts.parse(value).properties, `${key}.`)] : [entry];
  });
}

/** Every option key with its kind and what it expects, parts after their whole, in the order of the schema. */
export const optionKeys: readonly OptionKey[] = keysOf(
  schemaParts.parse(z.toJSONSchema(trainingOptionsSchema, { io: "input" })).properties,
  "",
);

/** The description of a key, or undefined where there is no such option. */
export const findOptionKey = (key: string): OptionKey | undefined => optionKeys.find((option) => option.key === key);

/** The known option that reads most like `key`, for a message about an unknown one. */
export const nearestOptionKey = (key: string): string =>
  closest(
    key,
    optionKeys.map((option) => option.key),
  );
