/** What a sweep found, as tables for the terminal: the best trials, then the winner's figures. */
import type { SettingValue } from "../sweep/dimension.ts";
import type { SweepOutcome } from "../sweep/sweep.ts";
import { scoreOf, type TrialRecord } from "../sweep/trial.ts";
import { metricTableText } from "./metric-rows.ts";
import { type TableColumn, tableText } from "./table.ts";
import { durationText, figureText } from "./wording.ts";

const bestShown = 10;

function valueText(value: SettingValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `skip=0.7 neighbours=10`. */
export function settingText(setting: Readonly<Record<string, SettingValue>>): string {
  return Object.entries(setting)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(" ");
}

function trialRow(record: TrialRecord, keys: readonly string[]): string[] {
  const { outcome, trial, rung, setting } = record;
  const cells =
    outcome.status === "failed"
      ? ["", "", ""]
      : [figureText(outcome.best), String(outcome.epochs), durationText(outcome.seconds)];
  return [
    rung === 0 ? String(trial) : `${trial}/${rung}`,
    ...keys.map((key) => valueText(setting[key])),
    ...cells,
    outcome.status,
  ];
}

export function sweepText({ sweep, trials }: SweepOutcome): string {
  const { result } = sweep;
  if (result === undefined) return "";
  const { winner, figure } = result;
  const keys = Object.keys(winner.setting);
  const sorted = trials.toSorted((a, b) => b.rung - a.rung || scoreOf(b) - scoreOf(a) || a.trial - b.trial);
  const shown = sorted.slice(0, bestShown);
  const right = (head: string): TableColumn => ({ head, align: "right" });
  const columns = [right("trial"), ...keys.map(right), right(figure), right("epochs"), right("time"), { head: "" }];
  const more = sorted.length > shown.length ? [`… and ${sorted.length - shown.length} more in trials.jsonl`] : [];
  return [
    tableText(
      columns,
      shown.map((record) => trialRow(record, keys)),
    ),
    ...more,
    "",
    `Trial ${winner.trial} wins on validation: ${settingText(winner.setting)}`,
    "",
    metricTableText([
      { title: "validation", figures: winner.validation },
      { title: "test", figures: winner.test },
    ]),
  ].join("\n");
}
