/** What the colours of the map stand for: by what items are grouped, the groups, and one of them alone. */
import type { ItemMap } from "../api.ts";
import { count } from "./figures.ts";
import { type Grouping, type Groups, groupings } from "./map-groups.ts";

const groupingTitles: Readonly<Record<Grouping, string>> = {
  community: "Community",
  category: "Category",
  popularity: "Popularity",
  modality: "Modality",
};

interface LegendProps {
  readonly map: ItemMap;
  readonly grouping: Grouping;
  readonly groupBy: (grouping: Grouping) => void;
  readonly groups: Groups;
  /** The group that stands alone; -1 for none. */
  readonly only: number;
  readonly showOnly: (group: number) => void;
}

export function MapLegend({ map, grouping, groupBy, groups, only, showOnly }: LegendProps) {
  const offered = groupings.filter(
    (one) =>
      (one !== "category" || map.categories.length > 0) && (one !== "modality" || map.modality.some((m) => m >= 0)),
  );
  return (
    <section class="panel" aria-label="Groups and their colours">
      <label class="field">
        <span>Colour by</span>
        <select
          value={grouping}
          onChange={(event) => {
            groupBy(groupings.find((one) => one === event.currentTarget.value) ?? "community");
          }}
        >
          {offered.map((one) => (
            <option key={one} value={one}>
              {groupingTitles[one]}
            </option>
          ))}
        </select>
      </label>
      <ul class="legend" aria-label="Groups">
        {groups.groups.map(({ name, items, colour }, group) => (
          <li key={name}>
            <button type="button" aria-pressed={only === group} onClick={() => showOnly(only === group ? -1 : group)}>
              <i class="swatch" style={{ background: colour }} />
              <span>{name}</span>
              <span class="soft">{count(items)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="soft small">Choose a group to see it alone.</p>
    </section>
  );
}
