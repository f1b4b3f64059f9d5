/** The item that is chosen on the map, and what it is joined to the most strongly. */
import { itemPageSchema, type RunCard } from "../api.ts";
import { figure } from "./figures.ts";
import { nameOf, Picture } from "./picture.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { Failed, Loading } from "./states.tsx";

interface ChosenProps {
  readonly run: RunCard;
  readonly id: string;
  readonly choose: (id: string | undefined) => void;
}

export function ChosenOnMap({ run, id, choose }: ChosenProps) {
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
