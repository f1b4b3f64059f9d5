/** What the demonstration's page adds to the look of a training report: product cards in rows that scroll on a phone, chips, bars. */
export const showcaseStyle = `
:root { --bar: #b9c4d6; --look: #8a3ffc; --wording: #0f766e; --company: #b45309; --tile: #f1f2f4; }
@media (prefers-color-scheme: dark) { :root { --bar: #475269; --look: #c4a3ff; --wording: #5fd3c4; --company: #f5b163; --tile: #232a36; } }
.lead { max-width: 70ch; margin: 0 0 18px; color: var(--soft); }
.lead b { color: var(--ink); font-weight: 600; }
.stages { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
.stages li { display: grid; grid-template-columns: 9.5em minmax(0, 1fr) auto; gap: 16px; padding: 7px 0; border-bottom: 1px solid var(--rule); }
.stages li:last-child { border-bottom: 0; }
.stages b { font-weight: 600; } .stages span { color: var(--soft); } .stages i { font-style: normal; font-variant-numeric: tabular-nums; }
.customer + .customer { margin-top: 32px; padding-top: 28px; border-top: 1px solid var(--rule); }
.customer h3, .alike h3 { margin: 0; font-size: 17px; }
.taste { margin: 4px 0 14px; font-size: 14px; color: var(--soft); }
.row { display: grid; grid-template-columns: 108px minmax(0, 1fr); gap: 16px; padding: 10px 0; align-items: start; }
.row > h4 { margin: 4px 0 0; font-size: 14px; line-height: 1.35; font-weight: 600; }
.row > h4 small { display: block; font-weight: 400; font-size: 12.5px; color: var(--soft); }
.row.bought { margin-bottom: 6px; padding: 12px; margin-left: -12px; margin-right: -12px; background: var(--ground); border-radius: 10px; }
.cards { list-style: none; margin: 0; padding: 0 0 4px; display: grid; grid-template-columns: repeat(var(--across, 6), minmax(0, 1fr)); gap: 12px; }
.cards li { min-width: 0; font-size: 12.5px; line-height: 1.35; }
.cards img, .cards .none { display: block; width: 100%; aspect-ratio: 1; border-radius: 8px; background: var(--tile); }
.cards .none { display: grid; place-items: center; color: var(--soft); border: 1px dashed var(--rule); }
.cards .later img, .cards .later .none { outline: 2.5px solid var(--series-3); outline-offset: 1.5px; }
.cards p { margin: 6px 0 0; overflow-wrap: anywhere; } .cards small { color: var(--soft); font-size: inherit; }
.chips { display: flex; flex-wrap: wrap; gap: 3px; margin-top: 4px; }
.chip { font-size: 11px; line-height: 1.5; padding: 0 6px; border-radius: 99px; border: 1px solid currentColor; font-weight: 600; white-space: nowrap; }
.look { color: var(--look); } .wording { color: var(--wording); } .company { color: var(--company); } .hit { color: var(--series-3); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 0 0 20px; padding: 0; list-style: none; font-size: 14px; color: var(--soft); }
.legend .chip { margin-right: 4px; }
.alike + .alike { margin-top: 24px; padding-top: 20px; border-top: 1px solid var(--rule); }
.alike { display: grid; grid-template-columns: 148px minmax(0, 1fr); gap: 20px; }
.alike > .cards { --across: 1; }
pre { margin: 0; padding: 14px 16px; overflow-x: auto; background: var(--ground); border-radius: 8px; }
@media (max-width: 760px) {
  .row { grid-template-columns: minmax(0, 1fr); gap: 6px; }
  .row > h4 small { display: inline; margin-left: 6px; }
  .row > .cards { grid-template-columns: none; grid-auto-flow: column; grid-auto-columns: 112px; overflow-x: auto; padding: 4px 4px 8px; scroll-snap-type: x proximity; }
  .row > .cards li { scroll-snap-align: start; }
  .stages li { grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; } .stages span { grid-column: 1 / -1; grid-row: 2; }
  .alike { grid-template-columns: minmax(0, 1fr); gap: 8px; } .alike > .cards { max-width: 148px; }
}
@media print { .customer, .alike, .row { break-inside: avoid; } }
`;
