/** The leaderboard as a page that stands alone: a table for each split. */
import { type Markup, markup, raw } from "../../runs/report/markup.ts";
import { reportStyle } from "../../runs/report/style.ts";
import type { LeaderboardRow } from "../leaderboard.ts";
import { leaderboardTables } from "../leaderboard-tables.ts";
import { table } from "./comparison-tables.ts";
import { comparisonStyle } from "./style.ts";

/** @returns the whole document */
export function renderLeaderboard(rows: readonly LeaderboardRow[]): string {
  const sections = leaderboardTables(rows).map((one, index): Markup => {
    const id = `table-${index}`;
    const cells = one.rows.map((row) =>
      row.map((text, column) => (column === row.length - 1 ? markup`<td class="text">${text}</td>` : text)),
    );
    return markup`<section aria-labelledby="${id}"><h2 id="${id}">${one.dataset}</h2><p class="note">${one.task}, test set, split ${one.split}</p>${table(id, one.head, cells)}</section>`;
  });
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Leaderboard</title>
<style>${raw(reportStyle + comparisonStyle)}</style>
</head>
<body>
<main>
<header><p class="eyebrow">Leaderboard</p><h1>Recommendation, by dataset and split</h1><p>Figures of different splits, and NDCGs of different kinds, share no column.</p></header>
${sections}
</main>
</body>
</html>
`;
  return page.html;
}
