/** Finding an item on the map by its title or id, for those who do not see it lie there. */
import { useMemo, useState } from "preact/hooks";
import type { ItemMap } from "../api.ts";

const mostFound = 8;

export function MapFinder({ map, choose }: { readonly map: ItemMap; readonly choose: (id: string) => void }) {
  const [typed, setTyped] = useState("");
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useMemo(() => {
    if (words.length === 0) return [];
    const matches: { readonly id: string; readonly title: string }[] = [];
    for (const [item, id] of map.ids.entries()) {
      const title = map.titles?.[item] ?? id;
      const text = `${title} ${id}`.toLowerCase();
      if (words.every((word) => text.includes(word))) matches.push({ id, title });
      if (matches.length === mostFound) break;
    }
    return matches;
  }, [map, typed]);
  return (
    <search>
      <label class="field">
        <span>Find an item on the map</span>
        <input
          type="search"
          placeholder="Title or id"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <p class="hidden" role="status">
        {words.length > 0 && `${found.length} found`}
      </p>
      {words.length > 0 && found.length === 0 && <p class="soft small">No item has these words.</p>}
      <ul class="found" aria-label="Found on the map">
        {found.map(({ id, title }) => (
          <li key={id}>
            <button type="button" class="text-button" onClick={() => choose(id)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
    </search>
  );
}
