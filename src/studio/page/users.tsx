/** Users by their ids, and one of them with what they took and may like. */
import { useEffect, useState } from "preact/hooks";
import { type RunCard, usersSchema } from "../api.ts";
import { count, plural } from "./figures.ts";
import { Recommendations } from "./recommendations.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { Empty, Failed, Loading } from "./states.tsx";

export function UsersView({ run }: { readonly run: RunCard }) {
  const [typed, setTyped] = useState("");
  const loaded = useLoaded(usersSchema, runAddress(run.name, "users", { query: typed, limit: 60 }));
  useEffect(() => {
    document.title = "Users · Latticework studio";
  }, []);
  const found = loaded.value?.users ?? [];
  const listed = loaded.value?.listed ?? true;
  return (
    <>
      <div class="heading">
        <h1>Users</h1>
        <p class="soft">Choose one to see what they took, what they may like, and why.</p>
      </div>
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label class="field grow">
            <span>Search</span>
            <input
              type="search"
              placeholder={listed ? "Part of an id" : "A whole id"}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        </form>
      </search>
      <p class="result-count soft" role="status">
        {loaded.state === "ready" && (listed || typed !== "") && plural(loaded.value.total, "user", "users")}
      </p>
      {loaded.state === "failed" && <Failed failure={loaded.failure} retry={loaded.retry} />}
      {loaded.state === "loading" && loaded.value === undefined && <Loading what="users" />}
      {loaded.state === "ready" && loaded.value.total === 0 && !listed && typed === "" && (
        <Empty title="Whom do you look for?">
          <p>Type the whole id of a user. This service lists users to keys of scope admin alone.</p>
        </Empty>
      )}
      {loaded.state === "ready" && loaded.value.total === 0 && (listed || typed !== "") && (
        <Empty title="Nobody found">
          <p>{listed ? `No user's id has “${typed}” in it.` : `There is no user “${typed}”: type the whole id.`}</p>
        </Empty>
      )}
      {found.length > 0 && (
        <ul class="people" aria-label="Users">
          {found.map(({ id, taken }) => (
            <li key={id}>
              <a href={addressOf(run.name, "users", id)}>
                <b>{id}</b>
                <span class="soft">{plural(taken, "item", "items")}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {loaded.state === "ready" && loaded.value.total > found.length && (
        <p class="soft more">The first {count(found.length)} are shown; type part of an id to find another one.</p>
      )}
    </>
  );
}

export function UserView({ run, id }: { readonly run: RunCard; readonly id: string }) {
  useEffect(() => {
    document.title = `User ${id} · Latticework studio`;
  }, [id]);
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={addressOf(run.name, "users")}>Users</a>
      </nav>
      <div class="heading">
        <h1>User {id}</h1>
      </div>
      <Recommendations run={run} whom={{ user: id }} showHistory={true} />
    </>
  );
}
