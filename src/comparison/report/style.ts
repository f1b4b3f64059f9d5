/** What the pages of a comparison and of a leaderboard add to the look of a training report. */
export const comparisonStyle = `
:root { --bar: #b9c4d6; }
@media (prefers-color-scheme: dark) { :root { --bar: #475269; } }
.charts.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); margin-bottom: 20px; }
section > figure { margin-bottom: 20px; } section > figure svg { max-width: 820px; }
.charts figure svg { max-width: 560px; }
td, thead th { white-space: nowrap; } #settings ~ .scroll :is(td, th) { white-space: normal; text-align: left; }
#activity ~ .scroll thead th, #popularity ~ .scroll thead th { white-space: normal; }
td code { overflow-wrap: anywhere; }
.shaded { background: color-mix(in srgb, var(--accent) var(--share), transparent); padding-right: 12px !important; }
.published td:first-of-type, .text { text-align: left; }
.note { max-width: 90ch; }
@media print { :root { --bar: #c8cdd6; } td, th { font-size: 8.5pt; padding-right: 6px; } .scroll { overflow: visible; } td, thead th { white-space: normal; } .shaded { print-color-adjust: exact; } }
`;
