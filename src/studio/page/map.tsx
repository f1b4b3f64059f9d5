/** The view of the latent item graph as a map, where what is alike lies together: asked for until it is laid out, then shown. */
import { useEffect, useState } from "preact/hooks";
import { type MapAnswer, mapAnswerSchema, type RunCard } from "../api.ts";
import { percent } from "./figures.ts";
import { MapStage } from "./map-stage.tsx";
import { ask, failureOf, runAddress } from "./request.ts";
import { Empty, Failed, Loading } from "./states.tsx";

const askAgainMilliseconds = 700;

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
      return <MapStage run={run} map={answer} />;
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
