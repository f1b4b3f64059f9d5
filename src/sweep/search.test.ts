import { describe, expect, it } from "vitest";
import { createSearch } from "./create-search.ts";
import { medianThresholds, stoppedAfter } from "./median-rule.ts";
import type { Proposal } from "./search.ts";
import { parseSpace, type Space } from "./space.ts";
import { rungsOf } from "./successive-halving.ts";
import type { SweepPlan } from "./sweep-format.ts";
import { randomTrials } from "./tree-parzen.ts";
import { scoreOf, type TrialRecord, trialKey } from "./trial.ts";

const plan = (change: Partial<SweepPlan>): SweepPlan => ({
  space: [],
  method: "random",
  trials: 10,
  seed: 1,
  lag: 4,
  stopping: false,
  reduction: 3,
  model: "lattice",
  backbone: "lightgcn",
  options: {},
  ...change,
});

function recordOf({ trial, rung, setting }: Proposal, value: number): TrialRecord {
  const figures = { bestEpoch: 0, epochs: 1, validation: {}, seconds: 1, peakMemoryBytes: 1 };
  return {
    trial,
    rung,
    setting: { ...setting },
    outcome: { status: "finished", curve: [[0, value]], best: value, ...figures },
  };
}

/** Runs a search to its end, several at a time, ended in the order `pick` says. */
function play(
  space: Space,
  asked: SweepPlan,
  value: (proposal: Proposal) => number,
  pick: (waiting: readonly Proposal[]) => Proposal | undefined = (waiting) => waiting[0],
): TrialRecord[] {
  const records = new Map<string, TrialRecord>();
  const search = createSearch(space, asked);
  for (;;) {
    const { proposals, more } = search.propose(records);
    const next = pick(proposals.filter((one) => !records.has(trialKey(one))));
    if (next === undefined) {
      expect(more).toBe(false);
      return [...records.values()].sort((a, b) => a.rung - b.rung || a.trial - b.trial);
    }
    records.set(trialKey(next), recordOf(next, value(next)));
  }
}

const space = parseSpace({
  skip: { min: 0, max: 1 },
  learningRate: { min: 1e-4, max: 1e-1, scale: "log" },
  layers: [1, 2, 3],
});
/** Best at skip 0.3, learningRate 1e-2, two layers. */
const hill = ({ setting }: Pick<Proposal, "setting">): number => {
  const { skip, learningRate, layers } = setting;
  if (typeof skip !== "number" || typeof learningRate !== "number") throw new Error("no numbers");
  return 1 - (skip - 0.3) ** 2 - (Math.log10(learningRate) + 2) ** 2 / 4 - (layers === 2 ? 0 : 0.2);
};

describe("grid", () => {
  it("takes every combination once, the last key fastest", () => {
    const small = parseSpace({ layers: [1, 2], skip: { min: 0, max: 1, steps: 3 } });
    const settings = play(small, plan({ method: "grid", trials: 6 }), () => 0).map(({ setting }) => setting);
    expect(settings).toEqual([1, 2].flatMap((layers) => [0, 0.5, 1].map((skip) => ({ layers, skip }))));
  });

  it("leaves out what trains the same: a backbone under a model without one", () => {
    const same = parseSpace({ model: ["lattice", "mf"], backbone: ["lightgcn", "ngcf", "mf"] });
    const settings = play(same, plan({ method: "grid", trials: 6 }), () => 0).map(({ setting }) => setting.model);
    expect(settings).toEqual(["lattice", "lattice", "lattice", "mf"]);
  });
});

describe("random", () => {
  it("repeats with the seed and is others with another", () => {
    const settings = (seed: number) => play(space, plan({ seed }), hill).map(({ setting }) => setting);
    expect(settings(1)).toEqual(settings(1));
    expect(settings(1)).not.toEqual(settings(2));
    expect(settings(1)).toHaveLength(10);
  });

  it("goes on where fewer trials ended", () => {
    const settings = (trials: number) => play(space, plan({ trials }), hill).map(({ setting }) => setting);
    expect(settings(10).slice(0, 6)).toEqual(settings(6));
  });

  it("ends where a small space is used up", () => {
    expect(play(parseSpace({ layers: [1, 2, 3] }), plan({ trials: 50 }), () => 0)).toHaveLength(3);
  });
});

describe("the tree-structured Parzen estimator", () => {
  it("proposes the same whatever the order in which trials end", () => {
    const asked = plan({ method: "tpe", trials: 30 });
    const first = play(space, asked, hill);
    let turn = 0;
    const shuffled = play(space, asked, hill, (waiting) => waiting[turn++ % Math.max(1, waiting.length)]);
    expect(shuffled).toEqual(first);
  });

  it("goes on from the records of a sweep that was killed", () => {
    const asked = plan({ method: "tpe", trials: 20 });
    const whole = play(space, asked, hill);
    const records = new Map(whole.slice(0, 15).map((record) => [trialKey(record), record]));
    const { proposals, more } = createSearch(space, asked).propose(records);
    expect(proposals.map(({ setting }) => setting)).toEqual(whole.slice(0, 19).map(({ setting }) => setting));
    expect(more).toBe(true);
  });

  it("finds better settings than chance, over several seeds", () => {
    const mean = (method: "tpe" | "random"): number => {
      const seeds = Array.from({ length: 20 }, (_, seed) => seed);
      const best = (seed: number) => Math.max(...play(space, plan({ method, seed, trials: 40 }), hill).map(scoreOf));
      return seeds.reduce((sum, seed) => sum + best(seed), 0) / seeds.length;
    };
    expect(mean("tpe")).toBeGreaterThan(mean("random") + 0.01);
  });

  it.each([1, 4, 8])("begins after the random trials it says, %i at a time", (lag) => {
    const trials = randomTrials(lag) + 1;
    const [estimated, random] = (["tpe", "random"] as const).map((method) =>
      play(space, plan({ method, trials, lag }), hill).map(({ setting }) => setting),
    );
    expect(estimated?.slice(0, -1)).toEqual(random?.slice(0, -1));
    expect(estimated?.at(-1)).not.toEqual(random?.at(-1));
  });

  it("tries more where it was good", () => {
    const records = play(space, plan({ method: "tpe", trials: 40, lag: 1 }), hill);
    const share = (from: number, to: number): number =>
      records.slice(from, to).filter(({ setting }) => setting.layers === 2).length / (to - from);
    expect(share(20, 40)).toBeGreaterThan(0.5);
  });

  it("takes failed trials for the worst", () => {
    const failing: TrialRecord = { trial: 0, rung: 0, setting: {}, outcome: { status: "failed", message: "no" } };
    expect(scoreOf(failing)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("successive halving", () => {
  it("has rungs that shrink as the epochs grow", () => {
    expect(rungsOf(27, 3)).toEqual([
      { trials: 27, share: 1 / 27 },
      { trials: 9, share: 1 / 9 },
      { trials: 3, share: 1 / 3 },
      { trials: 1, share: 1 },
    ]);
    expect(rungsOf(5, 2).map(({ trials }) => trials)).toEqual([5, 2, 1]);
  });

  it("lets the best of each rung go on, and these alone", () => {
    const records = play(space, plan({ method: "halving", trials: 9 }), hill);
    const rung = (n: number): TrialRecord[] => records.filter((record) => record.rung === n);
    expect([rung(0), rung(1), rung(2)].map(({ length }) => length)).toEqual([9, 3, 1]);
    const best = rung(0).toSorted((a, b) => scoreOf(b) - scoreOf(a));
    expect(new Set(rung(1).map(({ trial }) => trial))).toEqual(new Set(best.slice(0, 3).map(({ trial }) => trial)));
    expect(rung(2)[0]?.trial).toBe(best[0]?.trial);
  });

  it("shares out the epochs itself", () => {
    const asked = plan({ method: "halving", trials: 9 });
    expect(() => createSearch(parseSpace({ epochs: [10, 20] }), asked)).toThrow(
      "successive halving shares out the epochs itself",
    );
  });
});

describe("the median rule", () => {
  const peer = (trial: number, values: readonly number[]): TrialRecord => {
    const record = recordOf({ trial, rung: 0, setting: {}, share: 1 }, Math.max(...values));
    if (record.outcome.status === "failed") throw new Error("made otherwise");
    return { ...record, outcome: { ...record.outcome, curve: values.map((value, epoch) => [epoch * 5, value]) } };
  };
  const peers = [0.1, 0.2, 0.3, 0.4, 0.5].map((last, trial) => peer(trial, [last / 4, last / 2, last, last, last]));

  it("knows the medians of the best so far, where they change", () => {
    expect(medianThresholds(peers)).toEqual([
      { epoch: 0, value: 0.075 },
      { epoch: 5, value: 0.15 },
      { epoch: 10, value: 0.3 },
    ]);
    expect(medianThresholds(peers.slice(0, 4))).toEqual([]);
  });

  it("stops what stays below after its first validations, and nothing else", () => {
    const thresholds = medianThresholds(peers);
    const curve = (values: readonly number[]) => values.map((value, n) => [5 * n, value] as const);
    expect(stoppedAfter(curve([0.01, 0.02, 0.03, 0.04, 0.05]), thresholds)).toBe(4);
    expect(stoppedAfter(curve([0.01, 0.02, 0.03, 0.31, 0.05]), thresholds)).toBeUndefined();
    expect(stoppedAfter(curve([0.31, 0.02, 0.02, 0.02, 0.02]), thresholds)).toBeUndefined();
    expect(stoppedAfter(curve([0.01, 0.02, 0.03]), thresholds)).toBeUndefined();
  });
});
