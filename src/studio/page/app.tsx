/** The frame of the page: which run is looked at, the views, light and dark, and where the keyboard goes when the view changes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type RunCard, type StudioSummary, studioSchema } from "../api.ts";
import { signOut, useAccess } from "./access.ts";
import { Mark } from "./brand.tsx";
import { CatalogueView } from "./catalogue.tsx";
import { ItemView } from "./item.tsx";
import { MapView } from "./map.tsx";
import { useLoaded } from "./request.ts";
import { addressOf, type Route, useRoute } from "./route.ts";
import { SessionView } from "./session.tsx";
import { SignIn } from "./sign-in.tsx";
import { Empty, Failed, Loading } from "./states.tsx";
import { applyTheme, storedTheme, type Theme, themes } from "./theme.ts";
import { TrainingView } from "./training.tsx";
import { UsersView, UserView } from "./users.tsx";

const views = [
  { view: "catalogue", title: "Catalogue", within: "items" },
  { view: "map", title: "Map", within: undefined },
  { view: "users", title: "Users", within: undefined },
  { view: "session", title: "Session", within: undefined },
  { view: "training", title: "Training", within: undefined },
] as const;

function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  return (
    <label class="quiet-select">
      <span class="hidden">Appearance</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = themes.find((name) => name === event.currentTarget.value) ?? "system";
          applyTheme(chosen);
          setTheme(chosen);
        }}
      >
        <option value="system">System look</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function RunSwitch({
  runs,
  run,
  route,
}: {
  readonly runs: readonly RunCard[];
  readonly run: string;
  readonly route: Route;
}) {
  return (
    <label class="quiet-select">
      <span class="hidden">Run</span>
      <select
        value={run}
        onChange={(event) => {
          location.hash = addressOf(event.currentTarget.value, route.view, route.subject);
        }}
      >
        {runs.map(({ name, title, status }) => (
          <option key={name} value={name} disabled={status !== "finished"}>
            {name} · {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Of a service there is one model to look at: the one that is served. */
function Served({ version }: { readonly version: string }) {
  return (
    <span class="served" title={`The model that is served now, version ${version}, with the catalogue as it is`}>
      <i class="live" aria-hidden="true" />
      <span class="hidden">Served now: </span>
      <span class="served-version">{version}</span>
    </span>
  );
}

function View({
  route,
  run,
  summary,
}: {
  readonly route: Route;
  readonly run: RunCard;
  readonly summary: StudioSummary;
}) {
  switch (route.view) {
    case "items":
      if (route.subject !== undefined) return <ItemView key={route.subject} run={run} id={route.subject} />;
      return <CatalogueView run={run} route={route} notices={summary.notices} />;
    case "catalogue":
      return <CatalogueView run={run} route={route} notices={summary.notices} />;
    case "users":
      return route.subject === undefined ? (
        <UsersView run={run} />
      ) : (
        <UserView key={`${run.name} ${route.subject}`} run={run} id={route.subject} />
      );
    case "training":
      return <TrainingView runs={summary.runs} living={summary.living} run={run} />;
    case "map":
      return <MapView key={run.name} run={run} />;
    case "session":
      return <SessionView key={run.name} run={run} route={route} />;
    default:
      return (
        <Empty title="There is no such page">
          <p>
            Go back to the <a href={addressOf(run.name, "catalogue")}>catalogue</a>.
          </p>
        </Empty>
      );
  }
}

function Studio({ signedIn }: { readonly signedIn: boolean }) {
  const route = useRoute();
  const summary = useLoaded(studioSchema, "studio");
  const main = useRef<HTMLElement>(null);
  const place = `${route.view}/${route.subject ?? ""}`;
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    scrollTo({ top: 0 });
    main.current?.focus({ preventScroll: true });
    // A service may serve another version by now.
    if (summary.value?.living !== undefined) summary.retry();
  }, [place]);

  const runs = summary.value?.runs ?? [];
  const run =
    runs.find(({ name, status }) => name === route.run && status === "finished") ??
    runs.find(({ status }) => status === "finished");
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="frame">
        <a class="brand" href={run === undefined ? "#/" : addressOf(run.name, "catalogue")}>
          <Mark size={22} />
          <span>Latticework</span>
        </a>
        {run !== undefined && (
          <nav aria-label="Views">
            {views.map(({ view, title, within }) => (
              <a
                key={view}
                href={addressOf(run.name, view)}
                aria-current={route.view === view || route.view === within ? "page" : undefined}
              >
                {title}
              </a>
            ))}
          </nav>
        )}
        <div class="choices">
          {summary.value?.living !== undefined && <Served version={summary.value.living.version} />}
          {run !== undefined && summary.value?.living === undefined && (
            <RunSwitch runs={runs} run={run.name} route={route} />
          )}
          <ThemeSwitch />
          {signedIn && (
            <button type="button" class="text-button" onClick={signOut}>
              Sign out
            </button>
          )}
        </div>
      </header>
      <main ref={main} tabIndex={-1}>
        {summary.value === undefined && summary.state === "loading" && <Loading what="the studio" />}
        {summary.state === "failed" && <Failed failure={summary.failure} retry={summary.retry} />}
        {summary.value !== undefined && run === undefined && (
          <Empty title="No finished run yet">
            <p>Catalogue and recommendations can be looked at when a training has finished.</p>
          </Empty>
        )}
        {summary.value !== undefined && run !== undefined && <View route={route} run={run} summary={summary.value} />}
      </main>
    </>
  );
}

export function App() {
  const { key, asked } = useAccess();
  return asked === "no" ? <Studio key={key} signedIn={key !== undefined} /> : <SignIn asked={asked} />;
}
