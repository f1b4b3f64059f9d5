/** What a comparison found, as tables for the terminal. */
import type { Comparison } from "../comparison/comparison-format.ts";
import { bestFirst, percentText, probabilityText, spreadText, verdictOf } from "../comparison/shown.ts";
import { type TableColumn, tableText } from "./table.ts";
import { bytesText, durationText } from "./wording.ts";

const right = (head: string): TableColumn => ({ head, align: "right" });

function accuracyTable(comparison: Comparison): string {
  const { protocol, reference } = comparison;
  const [first = protocol.validateBy] = protocol.tested;
  const columns = [
    { head: "test" },
    ...protocol.tested.map(right),
    right(`${first}, ${Math.round(100 * protocol.confidence)}% over users`),
    right(`against ${reference.name}`),
    right("p, corrected"),
    { head: "" },
  ];
  const rows = bestFirst(comparison).map((contender) => {
    const [low = 0, high = 0] = contender.intervals[first] ?? [];
    const test = contender.significance[first];
    const base = comparison.contenders.find(({ name }) => name === reference.name)?.test[first]?.mean ?? 0;
    return [
      contender.name,
      ...protocol.tested.map((figure) => spreadText(contender.test[figure] ?? { mean: 0 })),
      `${low.toFixed(4)} to ${high.toFixed(4)}`,
      test === undefined || base === 0 ? "" : percentText(test.difference / base),
      test === undefined ? "" : probabilityText(test.corrected),
      verdictOf(comparison, contender, first),
    ];
  });
  return tableText(columns, rows);
}

function besideTable(comparison: Comparison): string {
  const { cutoff } = comparison.protocol;
  const heads = [`coverage@${cutoff}`, "novelty", "popularity lift", "Gini", "s/epoch", "epochs", "time", "memory"];
  const rows = bestFirst(comparison).map(({ name, exposure, cost }) => [
    name,
    exposure.coverage.toFixed(3),
    exposure.novelty.toFixed(2),
    percentText(exposure.popularityLift),
    exposure.gini.toFixed(3),
    cost.secondsPerEpoch.mean.toFixed(2),
    cost.epochs.mean.toFixed(0),
    durationText(cost.seconds.mean),
    bytesText(cost.peakMemoryBytes),
  ]);
  return tableText([{ head: "beside it" }, ...heads.map(right)], rows);
}

export function comparisonText(comparison: Comparison): string {
  const { dataset, protocol, reference } = comparison;
  const chosen = reference.chosenBy === "validation" ? "the best on validation" : "as asked";
  const seeds = protocol.seeds.length === 1 ? "1 seed" : `${protocol.seeds.length} seeds, mean ± standard deviation`;
  return [
    `${dataset.name}: ${protocol.users} users with test items; ${seeds}; reference ${reference.name}, ${chosen}`,
    "",
    accuracyTable(comparison),
    "",
    besideTable(comparison),
  ].join("\n");
}
