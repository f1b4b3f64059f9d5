/** The latent item graph as a map: what is alike lies together. Coloured by what one wants to see, moved by mouse, touch or keys; an item is chosen on it or found by its title. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type ItemMap, itemPageSchema, type MapAnswer, mapAnswerSchema, type RunCard } from "../api.ts";
import type { DrawnMap } from "./draw-map.ts";
import { count, figure, percent } from "./figures.ts";
import { type Grouping, groupings, groupsBy } from "./map-groups.ts";
import { nameOf, Picture } from "./picture.tsx";
import { ask, failureOf, runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { Empty, Failed, Loading } from "./states.tsx";

const askAgainMilliseconds = 700;
const mostFound = 8;

const groupingTitles: Readonly<Record<Grouping, string>> = {
  community: "Community",
  category: "Category",
  popularity: "Popularity",
  modality: "Modality",
};

/** Whether the page is dark now, by its own choice or the system's. */
function useDark(): boolean {
  const read = (): boolean => {
    const { theme } = document.documentElement.dataset;
    return theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  };
  const [dark, setDark] = useState(read);
  useEffect(() => {
    const changed = (): void => setDark(read());
    const media = matchMedia("(prefers-color-scheme: dark)");
    document.addEventListener("themechange", changed);
    media.addEventListener("change", changed);
    return () => {
      document.removeEventListener("themechange", changed);
      media.removeEventListener("change", changed);
    };
  }, []);
  return dark;
}

/** A colour as a CSS expression, resolved to what a canvas understands. */
function resolved(place: HTMLElement, expression: string): string {
  const probe = document.createElement("i");
  probe.style.color = expression;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

interface ChosenProps {
  readonly run: RunCard;
  readonly id: string;
  readonly choose: (id: string | undefined) => void;
}

function Chosen({ run, id, choose }: ChosenProps) {
  const loaded = useLoaded(itemPageSchema, runAddress(run.name, `items/${encodeURIComponent(id)}`));
  if (loaded.state === "failed") return <Failed failure={loaded.failure} retry={loaded.retry} />;
  if (loaded.value === undefined) return <Loading what="the item" />;
  const { item, columns } = loaded.value;
  const near = columns.find(({ kind }) => kind === "final")?.neighbours.slice(0, 6) ?? [];
  return (
    <>
      <div class="chosen">
        <Picture run={run.name} item={item} size={240} />
        <div>
          <h2>{nameOf(item)}</h2>
          <p class="soft small">{item.categories.find((name) => name.includes(" > ")) ?? item.categories[0]}</p>
          <p>
            <a href={addressOf(run.name, "items", item.id)}>Open its page</a>
          </p>
          <button type="button" class="text-button" onClick={() => choose(undefined)}>
            Let go
          </button>
        </div>
      </div>
      {near.length > 0 && (
        <>
          <h3>Strongest edges</h3>
          <ul class="found">
            {near.map((other) => (
              <li key={other.id}>
                <button type="button" class="reason" onClick={() => choose(other.id)}>
                  <Picture run={run.name} item={other} size={96} />
                  <span>
                    {nameOf(other)}{" "}
                    <span class="soft small">
                      {other.links.map(({ modality, cosine }) => `${modality} ${figure(cosine)}`).join(" · ")}
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Finder({ map, choose }: { readonly map: ItemMap; readonly choose: (id: string) => void }) {
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

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-0.12, 0],
  ArrowRight: [0.12, 0],
  ArrowUp: [0, 0.12],
  ArrowDown: [0, -0.12],
};

function Canvas({ run, map }: { readonly run: RunCard; readonly map: ItemMap }) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnMap | undefined>(undefined);
  const [ready, setReady] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [grouping, setGrouping] = useState<Grouping>("community");
  const [only, setOnly] = useState(-1);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const isDark = useDark();
  const groups = useMemo(() => groupsBy(grouping, map, isDark), [grouping, map, isDark]);
  const offered = groupings.filter(
    (one) =>
      (one !== "category" || map.categories.length > 0) && (one !== "modality" || map.modality.some((m) => m >= 0)),
  );

  useEffect(() => {
    let over = false;
    import("./draw-map.ts").then(
      ({ drawMap }) => {
        if (over || place.current === null) return;
        try {
          drawn.current = drawMap(place.current, map, setChosen);
          setReady(true);
        } catch (error) {
          setTrouble(`The map cannot be drawn: ${failureOf(error).detail}. It needs a browser with WebGL 2.`);
        }
      },
      (error: unknown) => setTrouble(failureOf(error).detail),
    );
    return () => {
      over = true;
      drawn.current?.close();
      drawn.current = undefined;
    };
  }, [map]);
  useEffect(() => {
    const { current } = place;
    if (!ready || current === null) return;
    const modalityColours = map.modalities.map((_, m) => resolved(current, `var(--series-${(m % 5) + 1})`));
    drawn.current?.colour({ groups, only, isDark, modalityColours, edgesByModality: grouping === "modality" });
  }, [ready, groups, only, grouping, isDark, map]);
  useEffect(() => {
    if (ready) drawn.current?.choose(chosen);
  }, [ready, chosen]);

  const onKey = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    if (step !== undefined) drawn.current?.move(step[0], step[1]);
    else if (event.key === "+" || event.key === "=") drawn.current?.zoom("in");
    else if (event.key === "-") drawn.current?.zoom("out");
    else if (event.key === "0") drawn.current?.zoom("whole");
    else if (event.key === "Escape") setChosen(undefined);
    else return;
    event.preventDefault();
  };
  return (
    <div class="map">
      <div class="map-stage">
        <div
          ref={place}
          class="map-canvas"
          role="application"
          aria-label={`Map of ${count(map.ids.length)} items. Arrow keys move it, plus and minus zoom, 0 shows all of it. Items are found by the search beside it.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the map is moved by keys
          tabIndex={0}
          onKeyDown={onKey}
        />
        <div class="map-buttons">
          <button type="button" class="button" aria-label="Zoom in" onClick={() => drawn.current?.zoom("in")}>
            +
          </button>
          <button type="button" class="button" aria-label="Zoom out" onClick={() => drawn.current?.zoom("out")}>
            −
          </button>
          <button type="button" class="button" onClick={() => drawn.current?.zoom("whole")}>
            All
          </button>
        </div>
        {trouble !== "" && (
          <p class="notice" role="alert">
            {trouble}
          </p>
        )}
      </div>
      <div class="map-side">
        <section class="panel" aria-label="The chosen item">
          <Finder map={map} choose={setChosen} />
          <div aria-live="polite">
            {chosen === undefined ? (
              <p class="soft small">Click an item, or find one, to see what it is joined to.</p>
            ) : (
              <Chosen run={run} id={chosen} choose={setChosen} />
            )}
          </div>
        </section>
        <section class="panel" aria-label="Groups and their colours">
          <label class="field">
            <span>Colour by</span>
            <select
              value={grouping}
              onChange={(event) => {
                setGrouping(groupings.find((one) => one === event.currentTarget.value) ?? "community");
                setOnly(-1);
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
                <button
                  type="button"
                  aria-pressed={only === group}
                  onClick={() => setOnly(only === group ? -1 : group)}
                >
                  <i class="swatch" style={{ background: colour }} />
                  <span>{name}</span>
                  <span class="soft">{count(items)}</span>
                </button>
              </li>
            ))}
          </ul>
          <p class="soft small">Choose a group to see it alone.</p>
        </section>
      </div>
    </div>
  );
}

/** Asks until the map is laid out. */
function useMap(run: string): { readonly answer: MapAnswer | undefined; readonly trouble: unknown; retry(): void } {
  const [answer, setAnswer] = useState<MapAnswer | undefined>(undefined);
  const [trouble, setTrouble] = useState<unknown>(undefined);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const read = async (): Promise<void> => {
      try {
        const next = await ask(mapAnswerSchema, runAddress(run, "map"));
        if (over) return;
        setTrouble(undefined);
        setAnswer(next);
        if (next.state === "working") timer = setTimeout(read, askAgainMilliseconds);
      } catch (error) {
        if (!over) setTrouble(error);
      }
    };
    setAnswer(undefined);
    void read();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [run, attempt]);
  return { answer, trouble, retry: () => setAttempt((n) => n + 1) };
}

function Content({ run }: { readonly run: RunCard }) {
  const { answer, trouble, retry } = useMap(run.name);
  if (trouble !== undefined) return <Failed failure={failureOf(trouble)} retry={retry} />;
  if (answer === undefined) return <Loading what="the map" />;
  switch (answer.state) {
    case "working":
      return (
        <div class="state" role="status">
          <h2>Laying the map out</h2>
          <progress aria-label="Share of the layout that is done" value={answer.share} max={1} />
          <p>{percent(answer.share)} done. It is kept, so this happens once for a run.</p>
        </div>
      );
    case "none":
      return (
        <Empty title="No item graph">
          <p>{answer.reason}</p>
        </Empty>
      );
    case "ready":
      return <Canvas run={run} map={answer} />;
  }
}

export function MapView({ run }: { readonly run: RunCard }) {
  useEffect(() => {
    document.title = "Map · Latticework studio";
  }, []);
  return (
    <>
      <div class="heading">
        <h1>Map of the item graph</h1>
        <p class="soft">
          Items that the latent graph joins lie together. Lines are the strongest five edges of each item; a crowded map
          shows them when you come close.
        </p>
      </div>
      <Content run={run} />
    </>
  );
}
