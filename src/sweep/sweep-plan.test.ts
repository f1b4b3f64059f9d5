/** What a sweep says of its plan before it begins. */
import { describe, expect, it } from "vitest";
import { parseSpace } from "./space.ts";
import { planNotices, planOf } from "./sweep-plan.ts";

const space = parseSpace({ skip: { min: 0, max: 1 } });
const noticesOf = (trials: number, parallel: number, method: "tpe" | "random" = "tpe"): string[] =>
  planNotices(planOf({ dataset: "data", out: "out", space, trials, parallel, method }, undefined));

describe("a plan", () => {
  it("of too few trials for the estimator to propose one says so, and one of one more does not", () => {
    expect(noticesOf(13, 1)).toEqual([
      "all 13 trials are drawn at random: tpe begins after the first 13; ask for more trials",
    ]);
    expect(noticesOf(10, 8)).toEqual([
      "all 10 trials are drawn at random: tpe begins after the first 17, as 8 may be under way without knowing of each other; ask for more trials, or for fewer at a time in a new sweep",
    ]);
    for (const notices of [noticesOf(14, 1), noticesOf(18, 8), noticesOf(5, 1, "random")]) expect(notices).toEqual([]);
  });
});
