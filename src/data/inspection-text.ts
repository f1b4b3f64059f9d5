/** An inspection in words and aligned columns, for a terminal. */
import type { Activity, DatasetInspection, ModalityInspection } from "./inspect-dataset.ts";
import { splits } from "./interactions.ts";
import type { Verdict } from "./preference-lift.ts";

const integer = new Intl.NumberFormat("en-GB");
const count = (value: number): string => integer.format(value);
const figure = (value: number): string => String(Number(value.toPrecision(3)));
const percentage = (share: number): string => `${figure(100 * share)}%`;

const verdicts: Readonly<Record<Verdict, string>> = {
  strong: "carries preference strongly",
  clear: "carries preference",
  weak: "carries a little preference",
  none: "shows no sign of carrying preference",
  "too-few-pairs": "too few pairs share a user to tell",
};

function activityLine(label: string, activity: Activity): string {
  const { smallest, tenth, median, ninetieth, largest, mean } = activity;
  const quantiles = [smallest, tenth, median, ninetieth, largest].map(count).join(" / ");
  return `  ${label.padEnd(26)}${quantiles}   mean ${figure(mean)}`;
}

function modalityLines({
  name,
  health,
  missingItems,
  neighbourWidth,
  preference,
}: ModalityInspection): readonly string[] {
  const lines = [`Modality ${name}`];
  if (health !== undefined) {
    const { rows, columns, missingRows, zeroRows, duplicateRows, nonFiniteValues, norms } = health;
    lines.push(
      `  features    ${count(rows)} rows × ${count(columns)} columns, norms ${figure(norms.smallest)} to ${figure(norms.largest)}, mean ${figure(norms.mean)}`,
      `  health      missing rows ${count(missingRows)}, zero rows ${count(zeroRows)}, duplicate rows ${count(duplicateRows)}, NaN or Inf values ${count(nonFiniteValues)}`,
    );
  }
  if (missingItems > 0) lines.push(`  missing     ${count(missingItems)} item(s) have no ${name}`);
  if (neighbourWidth !== undefined) lines.push(`  neighbours  given, ${count(neighbourWidth)} an item`);
  const { neighbours, random, lift, source, verdict } = preference;
  lines.push(
    `  shared users (neighbours by ${source}): ${percentage(neighbours.share)} of ${count(neighbours.pairs)} nearest pairs, ${percentage(random.share)} of ${count(random.pairs)} random pairs`,
    `  ${lift === undefined ? "no lift" : `lift ${figure(lift)}`} (mean shared users ${figure(neighbours.mean)} against ${figure(random.mean)}): ${name} ${verdicts[verdict]}`,
  );
  return lines;
}

/** Lines of text for people; `DatasetInspection` itself is what machines should read. */
export function formatInspection(inspection: DatasetInspection): string {
  const { name, users, items, interactions, activeUsers, density, modalities, warnings } = inspection;
  const total = splits.reduce((sum, split) => sum + interactions[split], 0);
  const lines = [
    `${name}: ${count(users)} users, ${count(items)} items, ${count(total)} interactions, density ${percentage(density)}`,
    ...splits.map(
      (split) =>
        `  ${split.padEnd(11)}${count(interactions[split]).padStart(11)} interactions of ${count(activeUsers[split])} users`,
    ),
    ...(inspection.dislikes > 0 ? [`  disliked   ${count(inspection.dislikes).padStart(11)} pairs`] : []),
    "Training interactions: least / 10% / median / 90% / most",
    activityLine("a user", inspection.userActivity),
    activityLine("an item", inspection.itemActivity),
    ...modalities.flatMap(modalityLines),
    ...(modalities.length === 0 ? ["No modalities: no *_feat.npy and no neighbour files"] : []),
    ...warnings.map((warning) => `Warning: ${warning.message}`),
  ];
  return `${lines.join("\n")}\n`;
}
