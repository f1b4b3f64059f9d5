/** The figures that papers published for the test set, by dataset, split and kind of NDCG: a data file with its sources. */
import { z } from "zod";
import published from "./published-figures.json" with { type: "json" };

const publishedSchema = z.object({
  task: z.string(),
  /** By the name that `leaderboard --split` takes. */
  splits: z.record(z.string(), z.string()),
  sources: z.record(z.string(), z.string()),
  figures: z.array(
    z.object({
      dataset: z.string(),
      split: z.string(),
      model: z.string(),
      source: z.string(),
      /** `ndcg@K` is the standard NDCG, `ndcgRetrieved@K` that of LATTICE's released code. */
      values: z.record(z.string(), z.number()),
    }),
  ),
});

export const publishedFigures = publishedSchema.parse(published);

/** Names of the splits that published figures are of. */
export const publishedSplits: readonly string[] = Object.keys(publishedFigures.splits);
