/** The map that is drawn, with what stands beside it: moved by mouse, touch or keys, an item chosen on it, its colours explained. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ItemMap, RunCard } from "../api.ts";
import type { DrawnMap } from "./draw-map.ts";
import { count, plural } from "./figures.ts";
import { ChosenOnMap } from "./map-chosen.tsx";
import { MapFinder } from "./map-finder.tsx";
import { type Grouping, groupsBy } from "./map-groups.ts";
import { MapLegend } from "./map-legend.tsx";
import { failureOf } from "./request.ts";
import { useDark } from "./use-dark.ts";

/** A colour as a CSS expression, resolved to what a canvas understands. */
function resolved(place: HTMLElement, expression: string): string {
  const probe = document.createElement("i");
  probe.style.color = expression;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-0.12, 0],
  ArrowRight: [0.12, 0],
  ArrowUp: [0, 0.12],
  ArrowDown: [0, -0.12],
};

export function MapStage({ run, map }: { readonly run: RunCard; readonly map: ItemMap }) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnMap | undefined>(undefined);
  const [ready, setReady] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [grouping, setGrouping] = useState<Grouping>("community");
  const [only, setOnly] = useState(-1);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const isDark = useDark();
  const groups = useMemo(() => groupsBy(grouping, map, isDark), [grouping, map, isDark]);
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
          <MapFinder map={map} choose={setChosen} />
          {map.addedLater > 0 && (
            <p class="soft small">
              {plural(map.addedLater, "item", "items")} came after the training and{" "}
              {map.addedLater === 1 ? "is" : "are"} not on the map.
            </p>
          )}
          <div aria-live="polite">
            {chosen === undefined ? (
              <p class="soft small">Click an item, or find one, to see what it is joined to.</p>
            ) : (
              <ChosenOnMap run={run} id={chosen} choose={setChosen} />
            )}
          </div>
        </section>
        <MapLegend
          map={map}
          grouping={grouping}
          groupBy={(chosenGrouping) => {
            setGrouping(chosenGrouping);
            setOnly(-1);
          }}
          groups={groups}
          only={only}
          showOnly={setOnly}
        />
      </div>
    </div>
  );
}
