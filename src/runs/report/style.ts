/** The look of `report.html`: one sheet, light and dark by the reader's preference, one column on a phone, plain on paper. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #1b2130; --soft: #586174; --rule: #dde1e8; --grid: #c9cfda;
  --accent: #2456a6; --series-1: #2456a6; --series-2: #b04a12; --series-3: #1f7a4a; --series-4: #7a3fa0; --series-5: #8a6100;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #11141a; --card: #191e27; --ink: #e8ebf1; --soft: #a2abbc; --rule: #2c3442; --grid: #3a4455;
    --accent: #8fb8ff; --series-1: #8fb8ff; --series-2: #ffb079; --series-3: #7fd8a5; --series-4: #d3acff; --series-5: #f0cf6b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
header p { margin: 0; color: var(--soft); }
.eyebrow { font-size: 13px; letter-spacing: .08em; text-transform: uppercase; font-weight: 600; color: var(--accent) !important; }
h1 { margin: 4px 0 6px; font-size: 32px; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 16px; font-size: 18px; line-height: 1.3; }
section { margin-top: 24px; padding: 24px; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px; }
.pair > section { min-width: 0; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 28px 0 0; }
.tiles > div { flex: 1 1 150px; padding: 16px 18px; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.tiles dt { font-size: 13px; color: var(--soft); }
.tiles dd { margin: 2px 0 0; white-space: nowrap; font-size: 26px; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.tiles dd small { white-space: normal; font-size: 14px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 24px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 14px; color: var(--soft); margin-bottom: 6px; }
figcaption b { color: var(--ink); font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; color: var(--ink); background: none; overflow: visible; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.note { margin: -8px 0 8px; color: var(--soft); font-size: 14px; }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; }
th { font-weight: 600; } thead th { font-size: 13px; color: var(--soft); }
tbody th { text-align: left; font-weight: 400; } thead th:first-child { text-align: left; }
tr > :last-child { padding-right: 0; } tbody tr:last-child > * { border-bottom: 0; }
.facts td { overflow-wrap: anywhere; }
.facts th { color: var(--soft); padding-right: 20px; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.changed { font-weight: 650; } .changed::after { content: " (default " attr(data-default) ")"; font-weight: 400; color: var(--soft); }
footer { margin-top: 28px; font-size: 13px; color: var(--soft); }
@media (max-width: 760px) { main { padding: 24px 14px 40px; } section { padding: 18px 16px; } .pair { grid-template-columns: minmax(0, 1fr); gap: 0; } h1 { font-size: 26px; } .tiles dd { font-size: 22px; } }
@media print {
  :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #bbb; --grid: #bbb; --accent: #123f85; --series-1: #123f85; --series-2: #9c3f0b; --series-3: #14633a; --series-4: #5f2c82; --series-5: #6b4b00; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; } section, .tiles > div { border-radius: 0; break-inside: avoid; } h2 { break-after: avoid; }
}
`;
