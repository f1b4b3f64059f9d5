/** Values of a benchmark's command line, held against its schema. */
import type { z } from "zod";

/** @returns undefined, with each fault told and the exit code of wrong usage set, where they are not as expected */
export function checkedArguments<T>(schema: z.ZodType<T>, values: unknown): T | undefined {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) console.error(`--${issue.path.join(".")}: ${issue.message}`);
  process.exitCode = 2;
  return undefined;
}
