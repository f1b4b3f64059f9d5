/** What a preparation did, with every number it can be checked by: for people as text, and kept in the dataset's description. */
import type { CatalogueCounts } from "./catalogue.ts";
import type { SplitMethod } from "./options.ts";
import type { ColumnChoice } from "./source.ts";
import type { SplitSizes } from "./splits.ts";
import type { Dropped } from "./staged-rows.ts";
import type { WeightRange } from "./write-tables.ts";

export interface PreparationReport {
  /** Absolute folder of the dataset. */
  readonly folder: string;
  readonly name: string;
  readonly read: readonly string[];
  readonly columns: readonly ColumnChoice[];
  readonly time?: string | undefined;
  readonly notes: readonly string[];
  /** How what was read had itself been prepared. */
  readonly earlier?: Readonly<Record<string, unknown>> | undefined;
  /** Rows of interactions that were read. */
  readonly rows: number;
  /** By reason, in the order in which filters apply; "below-k-core" and "lone-dislike" count (user, item) pairs, the others rows. */
  readonly dropped: readonly Dropped[];
  /** Rows that were merged into another of the same user and item. */
  readonly merged: number;
  readonly core?: { readonly rounds: number; readonly users: number; readonly items: number } | undefined;
  readonly catalogue?: CatalogueCounts | undefined;
  readonly users: number;
  readonly items: number;
  /** Items without an interaction. */
  readonly untouchedItems: number;
  /** Items with interactions that the catalogue does not list. */
  readonly unlistedItems: number;
  /** Training, validation and test together. */
  readonly interactions: number;
  readonly split: SplitSizes & { readonly method: SplitMethod; readonly seed: number };
  /** interactions / (users · items). */
  readonly density: number;
  readonly weights?: WeightRange | undefined;
  /** Everything that was asked for, as JSON values. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

const reasons: Readonly<Record<Dropped["reason"], string>> = {
  "no-user": "without a user id",
  "no-item": "without an item id",
  "no-time": "without a time",
  "before-since": "before --since",
  "after-until": "at or after --until",
  "other-event": "of events that --events does not name",
  "low-rating": "rated below --minimum-rating",
  "below-k-core": "of users or items with too few (--k-core, --min-user-interactions, --min-item-interactions)",
  "lone-dislike": "dislikes of users or items that have nothing else",
};

/** One reason in words: `1,204 rated below --minimum-rating`. */
export const droppedText = ({ reason, rows }: Dropped): string => `${count(rows)} ${reasons[reason]}`;

function columnsText(columns: readonly ColumnChoice[], table: ColumnChoice["table"]): readonly string[] {
  const of = columns.filter((one) => one.table === table);
  if (of.length === 0) return [];
  const text = of.map(
    ({ role, column, guessed }) => `${role} = ${JSON.stringify(column)}${guessed ? " (guessed)" : ""}`,
  );
  return [`  columns of ${table}: ${text.join(", ")}`];
}

/** The summary, lines without a final newline. */
export function formatPreparation(report: PreparationReport): string {
  const { split, catalogue, core, weights } = report;
  const lines = [
    ...report.read,
    ...columnsText(report.columns, "interactions"),
    ...(report.time === undefined ? [] : [`  time: ${report.time}`]),
    ...columnsText(report.columns, "items"),
    ...report.notes.map((note) => `  ${note}`),
    "",
    `${count(report.rows)} rows`,
    ...report.dropped.map((one) => `  − ${droppedText(one)}`),
    ...(report.merged === 0 ? [] : [`  − ${count(report.merged)} merged into another of the same user and item`]),
    `  = ${count(report.interactions)} interactions${split.dislike === 0 ? "" : ` and ${count(split.dislike)} dislikes`}`,
    ...(core === undefined ? [] : [`  k-core after ${count(core.rounds)} round${core.rounds === 1 ? "" : "s"}`]),
    ...(catalogue === undefined || catalogue.repeated === 0
      ? []
      : [`  ${count(catalogue.repeated)} repeated rows of items: the first of each is kept`]),
    ...(catalogue === undefined || catalogue.withoutId === 0
      ? []
      : [`  ${count(catalogue.withoutId)} rows of items without an id are left out`]),
    ...(report.unlistedItems === 0
      ? []
      : [
          `  ${count(report.unlistedItems)} items have interactions but are not among the items read: their columns are empty`,
        ]),
    ...(weights === undefined ? [] : [`  weights from ${weights.smallest} to ${weights.largest}`]),
    "",
    `${count(report.users)} users, ${count(report.items)} items${report.untouchedItems === 0 ? "" : ` (${count(report.untouchedItems)} without interactions)`}, density ${(100 * report.density).toPrecision(3)} %`,
    `split ${split.method}, seed ${split.seed}: ${count(split.train)} train, ${count(split.validation)} validation, ${count(split.test)} test`,
  ];
  return lines.join("\n");
}
