import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interactions, Split } from "./dataset.ts";
import { buildInteractions, collectInteractions, dislikeLabel, splits, transposeInteractions } from "./interactions.ts";

const users = 7;
const items = 5;
const entries = fc.array(fc.tuple(fc.nat({ max: users - 1 }), fc.nat({ max: items - 1 }), fc.nat({ max: 2 })), {
  maxLength: 80,
});

function pairsOf({ rows, rowPointers, columnIndices }: Interactions): string[] {
  const pairs: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let p = rowPointers[row]; p < rowPointers[row + 1]; p++) pairs.push(`${row}-${columnIndices[p]}`);
  }
  return pairs;
}

function build(rows: readonly (readonly [number, number, number])[]): ReturnType<typeof buildInteractions> {
  const collector = collectInteractions();
  for (const [user, item, label] of rows) collector.add(user, item, label);
  return buildInteractions(collector.list(), users, items);
}

describe("buildInteractions", () => {
  it("keeps each pair once, in its earliest split, users and items ascending", () => {
    fc.assert(
      fc.property(entries, (rows) => {
        const earliest = new Map<string, Split>();
        for (const [label, split] of splits.entries()) {
          for (const [user, item, l] of rows) {
            if (l === label && !earliest.has(`${user}-${item}`)) earliest.set(`${user}-${item}`, split);
          }
        }
        const { interactions, duplicates } = build(rows);
        expect(duplicates).toBe(rows.length - earliest.size);
        for (const split of splits) {
          // One digit each, so that text order is the order of users and items.
          const expected = [...earliest].filter(([, where]) => where === split).map(([pair]) => pair);
          expect(pairsOf(interactions[split])).toEqual(expected.sort());
        }
      }),
    );
  });

  it("transposes and back", () => {
    fc.assert(
      fc.property(entries, (rows) => {
        const { train } = build(rows).interactions;
        const usersOf = transposeInteractions(train);
        expect(pairsOf(usersOf).sort()).toEqual(
          pairsOf(train)
            .map((pair) => [...pair].reverse().join(""))
            .sort(),
        );
        expect(transposeInteractions(usersOf)).toEqual(train);
      }),
    );
  });

  it("grows beyond the expected length", () => {
    const collector = collectInteractions(1);
    for (let p = 0; p < 1000; p++) collector.add(p, p + 1, p % 3);
    const { users, items, labels } = collector.list();
    expect([users.length, users[999], items[999], labels[998]]).toEqual([1000, 999, 1000, 2]);
  });
});

describe("dislikes and weights", () => {
  it("a dislike gives way to an interaction of any split, and is kept once", () => {
    const { interactions, dislikes, duplicates, contradictions } = build([
      [0, 1, dislikeLabel],
      [0, 1, 2],
      [2, 3, dislikeLabel],
      [2, 3, dislikeLabel],
      [1, 0, dislikeLabel],
      [1, 0, 0],
    ]);
    expect(pairsOf(interactions.train)).toEqual(["1-0"]);
    expect(pairsOf(interactions.test)).toEqual(["0-1"]);
    expect(dislikes && pairsOf(dislikes)).toEqual(["2-3"]);
    expect([duplicates, contradictions]).toEqual([1, 2]);
    expect(build([[0, 0, 0]]).dislikes).toBeUndefined();
  });

  it("weights follow their training pairs, in any order of the list", () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (rows, sorted) => {
        const list = sorted ? rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) : rows;
        const collector = collectInteractions();
        for (const [user, item, label] of list) collector.add(user, item, label);
        const weights = Float32Array.from(list, (_, at) => at + 1);
        const { interactions, trainWeights } = buildInteractions({ ...collector.list(), weights }, users, items);
        const first = new Map<string, number>();
        for (const [at, [user, item, label]] of list.entries()) {
          if (label === 0 && !first.has(`${user}-${item}`)) first.set(`${user}-${item}`, at + 1);
        }
        expect([...(trainWeights ?? [])]).toEqual(pairsOf(interactions.train).map((pair) => first.get(pair)));
        expect(interactions).toEqual(build(rows).interactions);
      }),
    );
  });
});
