/** The catalogue as a wall of pictures, with search, categories and an order. What is looked for stands in the address, so that it can be gone back to. */
import { useEffect, useState } from "preact/hooks";
import { categoriesSchema, type RunCard, type StudioSummary, type Tile, wallSchema } from "../api.ts";
import { count, plural } from "./figures.ts";
import { nameOf, Picture } from "./picture.tsx";
import { ask, failureOf, runAddress, useLoaded } from "./request.ts";
import { addressOf, type Route, replaceAddress } from "./route.ts";
import { Empty, Failed, Loading } from "./states.tsx";

const perPage = 60;
const patience = 180;

export function ItemTile({ run, item }: { readonly run: string; readonly item: Tile }) {
  return (
    <a class="tile" href={addressOf(run, "items", item.id)}>
      <Picture run={run} item={item} size={240} />
      <span class="tile-title">{nameOf(item)}</span>
      <span class="soft">{plural(item.popularity, "interaction", "interactions")}</span>
    </a>
  );
}

function Categories({
  run,
  chosen,
  choose,
}: {
  readonly run: string;
  readonly chosen: string;
  readonly choose: (category: string) => void;
}) {
  const loaded = useLoaded(categoriesSchema, runAddress(run, "categories"));
  const categories = loaded.value?.categories ?? [];
  if (categories.length === 0) return null;
  return (
    <label class="field">
      <span>Category</span>
      <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">All categories</option>
        {categories.map(({ name, items }) => (
          <option key={name} value={name}>
            {name} ({count(items)})
          </option>
        ))}
      </select>
    </label>
  );
}

interface CatalogueProps {
  readonly run: RunCard;
  readonly route: Route;
  readonly notices: readonly string[];
  /** Where a service is looked at. */
  readonly living: StudioSummary["living"];
}

export function CatalogueView({ run, route, notices, living }: CatalogueProps) {
  const query = route.query.get("query") ?? "";
  const category = route.query.get("category") ?? "";
  const order = route.query.get("order") ?? "popularity";
  const [typed, setTyped] = useState(query);
  const [more, setMore] = useState<{ readonly address: string; readonly items: readonly Tile[] }>({
    address: "",
    items: [],
  });
  const [waiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState("");
  const asked = { query, category, order, limit: perPage };
  const address = runAddress(run.name, "items", asked);
  const loaded = useLoaded(wallSchema, address);

  useEffect(() => {
    document.title = "Catalogue · Latticework studio";
  }, []);
  const go = (changed: Readonly<Record<string, string>>): void => {
    const wanted = { query, category, order, ...changed };
    replaceAddress(
      addressOf(run.name, "catalogue", undefined, {
        ...wanted,
        order: wanted.order === "popularity" ? undefined : wanted.order,
      }),
    );
  };
  useEffect(() => {
    if (typed === query) return;
    const timer = setTimeout(() => go({ query: typed }), patience);
    return () => clearTimeout(timer);
  }, [typed]);

  const total = loaded.value?.total ?? 0;
  const items = [...(loaded.value?.items ?? []), ...(more.address === address ? more.items : [])];
  const showMore = async (): Promise<void> => {
    setWaiting(true);
    setTrouble("");
    try {
      const next = await ask(wallSchema, runAddress(run.name, "items", { ...asked, offset: items.length }));
      setMore({ address, items: [...(more.address === address ? more.items : []), ...next.items] });
    } catch (error) {
      setTrouble(failureOf(error).detail);
    } finally {
      setWaiting(false);
    }
  };
  return (
    <>
      <div class="heading">
        <h1>Catalogue</h1>
        <p class="soft">
          {count(run.items)} items and {count(run.users)} users of “{run.dataset}”, as {run.title} learned them
          {living !== undefined && `, served live as version ${living.version}`}
        </p>
      </div>
      {notices.map((notice) => (
        <p class="notice" key={notice}>
          {notice}
        </p>
      ))}
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label class="field grow">
            <span>Search</span>
            <input
              type="search"
              placeholder="Title or id"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <Categories run={run.name} chosen={category} choose={(chosen) => go({ category: chosen })} />
          <label class="field">
            <span>Order</span>
            <select value={order} onChange={(event) => go({ order: event.currentTarget.value })}>
              <option value="popularity">Most taken first</option>
              <option value="title">By title</option>
              <option value="catalogue">As in the catalogue</option>
            </select>
          </label>
        </form>
      </search>
      <p class="result-count soft" role="status">
        {loaded.state === "ready" && plural(total, "item", "items")}
        {loaded.state === "loading" && loaded.value !== undefined && "Searching…"}
      </p>
      {loaded.state === "failed" && <Failed failure={loaded.failure} retry={loaded.retry} />}
      {loaded.state === "loading" && loaded.value === undefined && <Loading what="the catalogue" />}
      {loaded.state === "ready" && total === 0 && (
        <Empty title="Nothing found">
          <p>No item has these words in its title or id{category !== "" && ` within “${category}”`}.</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              setTyped("");
              go({ query: "", category: "" });
            }}
          >
            Show everything
          </button>
        </Empty>
      )}
      {items.length > 0 && (
        <ul class={`wall${loaded.state === "loading" ? " pending" : ""}`} aria-label="Items">
          {items.map((item) => (
            <li key={item.id}>
              <ItemTile run={run.name} item={item} />
            </li>
          ))}
        </ul>
      )}
      {trouble !== "" && (
        <p class="notice" role="alert">
          {trouble}
        </p>
      )}
      {items.length < total && (
        <p class="more">
          <button type="button" class="button" disabled={waiting} onClick={showMore}>
            {waiting ? "Loading…" : `Show more (${count(total - items.length)} left)`}
          </button>
        </p>
      )}
    </>
  );
}
