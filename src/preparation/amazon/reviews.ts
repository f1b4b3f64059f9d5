/**
 * The reviews of a category, a JSON object a line: who (reviewerID), what (asin), how many stars (overall), when (unixReviewTime, in
 * seconds). Everything else of a review is passed over.
 */
import path from "node:path";
import { z } from "zod";
import { DatasetError } from "../../errors.ts";

export interface Review {
  readonly user: string;
  readonly item: string;
  readonly rating: number | null;
  /** Milliseconds since 1970. */
  readonly time: bigint | null;
}

const reviewSchema = z.object({
  reviewerID: z.string().min(1),
  asin: z.string().min(1),
  overall: z.number().nullish(),
  unixReviewTime: z.number().int().nullish(),
});

/**
 * @param number of the line, from 1, for messages
 * @throws DatasetError for a line that is no JSON object or lacks reviewerID or asin
 */
export function parseReview(line: string, file: string, number: number): Review {
  const label = `${path.basename(file)} line ${number}`;
  const { reviewerID, asin, overall, unixReviewTime } = checkReview(parseJson(line, label), label);
  return {
    user: reviewerID.toWellFormed(),
    item: asin.toWellFormed(),
    rating: overall ?? null,
    time: unixReviewTime == null ? null : BigInt(unixReviewTime) * 1000n,
  };
}

function parseJson(line: string, label: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} is not JSON (${reason}), expected one review as a JSON object a line`, {
      cause: error,
    });
  }
}

function checkReview(value: unknown, label: string): z.infer<typeof reviewSchema> {
  const checked = reviewSchema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const field = String(issue?.path[0] ?? "");
  if (field === "" || typeof value !== "object" || value === null) {
    throw new DatasetError(`${label}: found ${shown(value)}, expected one review as a JSON object`);
  }
  const found = Object.entries(value).find(([key]) => key === field)?.[1];
  throw new DatasetError(
    found === undefined
      ? `${label}: a review without ${field}, found ${Object.keys(value).join(", ") || "nothing"}; expected at least reviewerID and asin`
      : `${label}: ${field} is ${shown(found)}, expected ${expectations[field] ?? "a value"}; correct or remove the line`,
  );
}

const expectations: Readonly<Record<string, string>> = {
  reviewerID: "an id as text",
  asin: "an id as text",
  overall: "a number of stars",
  unixReviewTime: "whole seconds since 1970",
};

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
