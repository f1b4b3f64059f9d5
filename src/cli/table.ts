/** Tables for reading in a terminal: a head, a rule, aligned columns, no frames, no trailing blanks. */
import Table from "cli-table3";

export interface TableColumn {
  readonly head: string;
  readonly align?: "left" | "right";
}

/** @returns lines without a final newline */
export function tableText(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const none = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const noRules = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"];
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align ?? "left"),
    chars: { ...Object.fromEntries([...none, ...noRules].map((name) => [name, ""])), middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split("\n");
  const width = Math.max(...lines.map((line) => line.trimEnd().length));
  const [head = "", ...body] = lines.map((line) => line.trimEnd());
  return [head, "─".repeat(width), ...body].join("\n");
}
