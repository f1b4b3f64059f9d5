/** What somebody is recommended: their history, the list with what each score is made of, sliders that rank it anew, and why. */
import { useMemo, useState } from "preact/hooks";
import { type Candidate, type Person, personSchema, type RunCard } from "../api.ts";
import { asTrained, partsUnder, type Ranked, rerank, type Settings } from "../rerank.ts";
import { modalityColour } from "./colours.ts";
import { figure } from "./figures.ts";
import { nameOf, Picture } from "./picture.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { modalitiesIn, Sliders } from "./sliders.tsx";
import { Failed, Loading } from "./states.tsx";
import { type Whom, Why } from "./why.tsx";

const listLength = 20;

interface ShownPart {
  readonly name: string;
  readonly value: number;
  readonly colour: string;
}

/** What a bar shows: the parts above 0, as the sliders weigh them. */
function partsOf(
  candidate: Candidate,
  run: RunCard,
  settings: Settings,
  trainedShare: number | undefined,
): readonly ShownPart[] {
  const { backbone, latent } = partsUnder(candidate, settings, trainedShare);
  return [
    { name: "who took what", value: backbone, colour: "var(--accent-soft)" },
    ...latent.map(({ modality, value }) => ({
      name: modality ?? "taken together",
      value,
      colour: modality === undefined ? "var(--accent)" : modalityColour(run.modalities, modality),
    })),
  ].filter(({ value }) => value > 0);
}

function Moved({ moved }: { readonly moved: number }) {
  if (moved === 0) return null;
  return (
    <span class={moved > 0 ? "moved up" : "moved down"}>
      {moved > 0 ? "↑" : "↓"}
      {Math.abs(moved)}
      <span class="hidden">{moved > 0 ? " places higher than as trained" : " places lower than as trained"}</span>
    </span>
  );
}

interface CardProps {
  readonly run: RunCard;
  readonly ranked: Ranked;
  readonly place: number;
  readonly parts: readonly ShownPart[];
  readonly most: number;
  readonly explained: boolean;
  readonly ask: (candidate: Candidate) => void;
}

function Card({ run, ranked, place, parts, most, explained, ask }: CardProps) {
  const { candidate, score, moved } = ranked;
  const { item, takenLater } = candidate;
  return (
    <li class="card">
      <a class="tile" href={addressOf(run.name, "items", item.id)}>
        <Picture run={run.name} item={item} size={240} />
        <span class="tile-title">{nameOf(item)}</span>
      </a>
      <p class="card-line">
        <span class="place">{place + 1}</span>
        <Moved moved={moved} />
        {takenLater && (
          <span class="later" title="In the part of the data that was held out">
            took it later
          </span>
        )}
        <b>{figure(score)}</b>
      </p>
      <span class="bar" aria-hidden="true">
        {parts.map(({ name, value, colour }) => (
          <i key={name} style={{ width: `${(100 * value) / most}%`, background: colour }} />
        ))}
      </span>
      {explained && (
        <button type="button" class="button small-button" onClick={() => ask(candidate)}>
          Why<span class="hidden"> {nameOf(item)}</span>?
        </button>
      )}
    </li>
  );
}

function Strip({ run, person }: { readonly run: RunCard; readonly person: Person }) {
  return (
    <ul class="strip" aria-label="History">
      {person.history.map((item) => (
        <li key={item.id}>
          <a href={addressOf(run.name, "items", item.id)} title={nameOf(item)}>
            <Picture run={run.name} item={item} size={96} alt={nameOf(item)} />
          </a>
        </li>
      ))}
    </ul>
  );
}

interface ListProps {
  readonly run: RunCard;
  readonly whom: Whom;
  readonly person: Person;
  readonly showHistory: boolean;
  readonly settings: Settings;
  readonly change: (settings: Settings) => void;
}

function List({ run, whom, person, showHistory, settings, change }: ListProps) {
  const [asked, ask] = useState<Candidate | undefined>(undefined);
  const ranked = useMemo(() => rerank(person.pool, settings, person.initialShare, listLength), [person, settings]);
  const explained = person.source === "model" && person.unexplained === undefined;
  const parts = ranked.map(({ candidate }) => partsOf(candidate, run, settings, person.initialShare));
  const most = Math.max(1e-9, ...parts.map((own) => own.reduce((sum, { value }) => sum + value, 0)));
  const legend = modalitiesIn(person, run.modalities);
  const held = ranked.filter(({ candidate }) => candidate.takenLater).length;
  return (
    <div class="beside">
      <div>
        {showHistory && person.history.length > 0 && (
          <section aria-labelledby="history">
            <h2 id="history">
              Has taken {person.history.length === 1 ? "one item" : `${person.history.length} items`}
            </h2>
            <Strip run={run} person={person} />
          </section>
        )}
        <section aria-labelledby="list">
          <h2 id="list">May like</h2>
          {person.source === "popularity" && (
            <p class="notice">The history says nothing to this model, so these are the items that most people take.</p>
          )}
          {person.unexplained !== undefined && <p class="notice">{person.unexplained}.</p>}
          {explained && (
            <ul class="key" aria-label="What scores are made of">
              <li>
                <i class="swatch" style={{ background: "var(--accent-soft)" }} />
                who took what
              </li>
              {legend.map((modality) => (
                <li key={modality}>
                  <i class="swatch" style={{ background: modalityColour(run.modalities, modality) }} />
                  alike by {modality}
                </li>
              ))}
            </ul>
          )}
          <p class="hidden" role="status">
            {nameOf(ranked[0]?.candidate.item ?? { id: "" })} stands first
            {held > 0 && `, ${held} of ${ranked.length} were taken later`}
          </p>
          <ol class="wall recommended" aria-label="Recommendations">
            {ranked.map((one, place) => (
              <Card
                key={one.candidate.item.id}
                run={run}
                ranked={one}
                place={place}
                parts={parts[place] ?? []}
                most={most}
                explained={explained}
                ask={ask}
              />
            ))}
          </ol>
        </section>
      </div>
      <Sliders person={person} modalities={run.modalities} settings={settings} change={change} />
      {asked !== undefined && <Why run={run} whom={whom} item={asked.item} close={() => ask(undefined)} />}
    </div>
  );
}

interface RecommendationsProps {
  readonly run: RunCard;
  readonly whom: Whom;
  /** Whether the history is to be shown here. */
  readonly showHistory: boolean;
}

export function Recommendations({ run, whom, showHistory }: RecommendationsProps) {
  const loaded = useLoaded(personSchema, runAddress(run.name, "people", whom));
  const [chosen, choose] = useState<Settings | undefined>(undefined);
  if (loaded.state === "failed") return <Failed failure={loaded.failure} retry={loaded.retry} />;
  if (loaded.value === undefined) return <Loading what="recommendations" />;
  const person = loaded.value;
  const settings = chosen ?? asTrained(modalitiesIn(person, run.modalities), person.initialShare);
  return (
    <div class={loaded.state === "loading" ? "pending" : undefined} aria-busy={loaded.state === "loading"}>
      <List run={run} whom={whom} person={person} showHistory={showHistory} settings={settings} change={choose} />
    </div>
  );
}
