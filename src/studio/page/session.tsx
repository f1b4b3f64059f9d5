/** Somebody without an account, made up by clicking pictures together: what they looked at stands in the address, and the list follows it at once. */
import { useEffect, useState } from "preact/hooks";
import { itemPageSchema, type RunCard, type Tile, wallSchema } from "../api.ts";
import { nameOf, Picture } from "./picture.tsx";
import { Recommendations } from "./recommendations.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf, type Route, replaceAddress } from "./route.ts";
import { Empty, Failed, Loading } from "./states.tsx";

const offered = 24;
const patience = 180;

function Chosen({ run, id, remove }: { readonly run: RunCard; readonly id: string; readonly remove: () => void }) {
  const loaded = useLoaded(itemPageSchema, runAddress(run.name, `items/${encodeURIComponent(id)}`));
  const item = loaded.value?.item ?? { id, picture: false };
  return (
    <li>
      <button type="button" class="pick" aria-label={`Take ${nameOf(item)} out`} onClick={remove}>
        <Picture key={String(item.picture)} run={run.name} item={item} size={96} />
        <span class="pick-mark" aria-hidden="true">
          ×
        </span>
      </button>
    </li>
  );
}

function Offer({ run, item, add }: { readonly run: RunCard; readonly item: Tile; readonly add: () => void }) {
  return (
    <li>
      <button type="button" class="pick" aria-label={`Put ${nameOf(item)} in`} title={nameOf(item)} onClick={add}>
        <Picture run={run.name} item={item} size={96} />
        <span class="pick-mark" aria-hidden="true">
          +
        </span>
      </button>
    </li>
  );
}

export function SessionView({ run, route }: { readonly run: RunCard; readonly route: Route }) {
  const chosen = route.query.getAll("item");
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const loaded = useLoaded(wallSchema, runAddress(run.name, "items", { query, limit: offered }));
  useEffect(() => {
    document.title = "Session · Latticework studio";
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed), patience);
    return () => clearTimeout(timer);
  }, [typed]);
  const go = (item: readonly string[]): void => replaceAddress(addressOf(run.name, "session", undefined, { item }));
  return (
    <>
      <div class="heading">
        <h1>Session</h1>
        <p class="soft">Click together what somebody looked at; what they may like follows at once.</p>
      </div>
      <section class="panel picker" aria-labelledby="looked-at">
        <h2 id="looked-at">Looked at</h2>
        <p class="hidden" role="status">
          {chosen.length === 1 ? "1 item in the session" : `${chosen.length} items in the session`}
        </p>
        {chosen.length === 0 ? (
          <p class="soft">Nothing yet: choose pictures below.</p>
        ) : (
          <>
            <ul class="strip" aria-label="In the session">
              {chosen.map((id) => (
                <Chosen key={id} run={run} id={id} remove={() => go(chosen.filter((other) => other !== id))} />
              ))}
            </ul>
            <button type="button" class="text-button" onClick={() => go([])}>
              Start again
            </button>
          </>
        )}
        <label class="field">
          <span>Find items to put in</span>
          <input
            type="search"
            placeholder="Title or id"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        {loaded.state === "failed" && <Failed failure={loaded.failure} retry={loaded.retry} />}
        {loaded.state === "loading" && loaded.value === undefined && <Loading what="items" />}
        {loaded.value !== undefined && loaded.value.total === 0 && <p class="soft">No item has these words.</p>}
        <ul class="strip wrapped" aria-label="To put in">
          {(loaded.value?.items ?? [])
            .filter(({ id }) => !chosen.includes(id))
            .map((item) => (
              <Offer key={item.id} run={run} item={item} add={() => go([...chosen, item.id])} />
            ))}
        </ul>
      </section>
      {chosen.length > 0 ? (
        <Recommendations run={run} whom={{ item: chosen }} showHistory={false} />
      ) : (
        <Empty title="No session yet">
          <p>With the first picture that you put in, recommendations stand here.</p>
        </Empty>
      )}
    </>
  );
}
