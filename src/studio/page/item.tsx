/** An item: what it is, how its modalities weigh, and its neighbours side by side in every graph that the model has. */
import { useEffect, useState } from "preact/hooks";
import { type ItemPage, itemPageSchema, type NeighbourColumn, type RunCard } from "../api.ts";
import { modalityColour } from "./colours.ts";
import { figure, plural } from "./figures.ts";
import { nameOf, Picture } from "./picture.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { Failed, Loading } from "./states.tsx";

const titles: Readonly<Record<NeighbourColumn["kind"], string>> = {
  initial: "Initial graph",
  learned: "Learned graph",
  final: "Final item graph",
  embedding: "Nearest for recommending",
};

function explanationOf({ kind, modality }: NeighbourColumn): string {
  switch (kind) {
    case "initial":
      return `Cosine of ${modality} features as they were encoded`;
    case "learned":
      return `Cosine of ${modality} features as the model projects them`;
    case "final":
      return "Weights of the edges that messages pass along, by what they are made of";
    case "embedding":
      return "Cosine of final embeddings: graph and interactions together";
  }
}

interface ColumnProps {
  readonly run: RunCard;
  readonly column: NeighbourColumn;
  readonly marked: string;
  readonly mark: (id: string) => void;
}

function Column({ run, column, marked, mark }: ColumnProps) {
  const { kind, modality, neighbours } = column;
  const strongest = Math.max(0, ...neighbours.map(({ strength }) => strength));
  const heading = modality === undefined ? titles[kind] : `${titles[kind]}: ${modality}`;
  return (
    <section class="column" aria-label={heading}>
      <h3>
        {modality !== undefined && (
          <i class="swatch" style={{ background: modalityColour(run.modalities, modality) }} />
        )}
        {heading}
      </h3>
      <p class="soft small">{explanationOf(column)}</p>
      {neighbours.length === 0 && (
        <p class="soft none-here">None: this item {modality === undefined ? "has no edges" : `has no ${modality}`}.</p>
      )}
      <ol class="neighbours">
        {neighbours.map((near) => (
          <li key={near.id} class={near.id === marked ? "marked" : undefined}>
            <a
              href={addressOf(run.name, "items", near.id)}
              onMouseEnter={() => mark(near.id)}
              onMouseLeave={() => mark("")}
              onFocus={() => mark(near.id)}
              onBlur={() => mark("")}
            >
              <Picture run={run.name} item={near} size={96} />
              <span class="neighbour-text">
                <span class="clamp">{nameOf(near)}</span>
                <span class="strength">
                  <span class="bar" aria-hidden="true">
                    {near.links.length === 0 ? (
                      <i
                        style={{
                          width: `${(100 * Math.max(0, near.strength)) / Math.max(strongest, 1e-9)}%`,
                          background:
                            modality === undefined ? "var(--accent)" : modalityColour(run.modalities, modality),
                        }}
                      />
                    ) : (
                      near.links.map((link) => (
                        <i
                          key={`${link.modality} ${link.graph}`}
                          class={link.graph}
                          style={{
                            width: `${(100 * Math.max(0, link.weight)) / Math.max(strongest, 1e-9)}%`,
                            background: modalityColour(run.modalities, link.modality),
                          }}
                        />
                      ))
                    )}
                  </span>
                  <b>{figure(near.strength)}</b>
                </span>
                {near.links.length > 0 && (
                  <span class="soft small">
                    {near.links
                      .map(
                        ({ modality: by, graph, cosine }) =>
                          `${by}${graph === "learned" ? " (learned)" : ""} ${figure(cosine)}`,
                      )
                      .join(" · ")}
                  </span>
                )}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </section>
  );
}

const longest = 320;

function LongText({ text }: { readonly text: string }) {
  const [whole, setWhole] = useState(false);
  if (text.length <= longest) return text;
  return (
    <>
      {whole ? text : `${text.slice(0, longest)}… `}{" "}
      <button type="button" class="text-button" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? "Show less" : "Show all"}
      </button>
    </>
  );
}

function Weights({ page, run }: { readonly page: ItemPage; readonly run: RunCard }) {
  const { weights, initialShare } = page;
  if (weights.length === 0) return null;
  return (
    <section class="weights" aria-label="Modality weights">
      <h2>How its modalities weigh</h2>
      <div class="stack" aria-hidden="true">
        {weights.map(({ modality, weight }) => (
          <i
            key={modality}
            style={{ width: `${100 * weight}%`, background: modalityColour(run.modalities, modality) }}
          />
        ))}
      </div>
      <ul class="key">
        {weights.map(({ modality, weight }) => (
          <li key={modality}>
            <i class="swatch" style={{ background: modalityColour(run.modalities, modality) }} />
            {modality} {weight === 0 ? "– missing here" : `${Math.round(100 * weight)}%`}
          </li>
        ))}
      </ul>
      {initialShare !== undefined && (
        <p class="soft small">
          λ = {initialShare}: the initial graphs make {Math.round(100 * initialShare)}% of the item graph, the learned
          ones {Math.round(100 * (1 - initialShare))}%.
        </p>
      )}
    </section>
  );
}

function Content({ page, run }: { readonly page: ItemPage; readonly run: RunCard }) {
  const [marked, mark] = useState("");
  const { item, facts, columns } = page;
  const [deepest] = item.categories.filter((name) => name.includes(" > ")).sort((a, b) => b.length - a.length);
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={addressOf(run.name, "catalogue")}>Catalogue</a>
        {(deepest ?? item.categories[0] ?? "")
          .split(" > ")
          .filter((level) => level !== "")
          .map((level) => (
            <a key={level} href={addressOf(run.name, "catalogue", undefined, { category: level })}>
              {level}
            </a>
          ))}
      </nav>
      <div class="item">
        <Picture run={run.name} item={item} size={640} alt={`Picture of ${nameOf(item)}`} />
        <div>
          <h1>{nameOf(item)}</h1>
          <p class="soft">
            <code>{item.id}</code> · {plural(item.popularity, "training interaction", "training interactions")}
          </p>
          <p class="actions">
            <a class="button" href={addressOf(run.name, "session", undefined, { item: [item.id] })}>
              Start a session with it
            </a>
          </p>
          {page.addedLater && (
            <p class="notice">
              This item came after the training, or was changed since: it is placed by its features, as the served model
              places it.
            </p>
          )}
          {facts.length > 0 && (
            <dl class="facts">
              {facts.map(({ name, value }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <LongText text={value} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          <Weights page={page} run={run} />
        </div>
      </div>
      <section aria-labelledby="neighbours">
        <div class="heading">
          <h2 id="neighbours">Neighbours, side by side</h2>
          <p class="soft">What stands in several columns lights up in all of them when you point at it.</p>
        </div>
        <div class="columns">
          {columns.map((column) => (
            <Column key={`${column.kind} ${column.modality}`} run={run} column={column} marked={marked} mark={mark} />
          ))}
        </div>
      </section>
    </>
  );
}

export function ItemView({ run, id }: { readonly run: RunCard; readonly id: string }) {
  const loaded = useLoaded(itemPageSchema, runAddress(run.name, `items/${encodeURIComponent(id)}`));
  const title = loaded.value === undefined ? id : nameOf(loaded.value.item);
  useEffect(() => {
    document.title = `${title} · Latticework studio`;
  }, [title]);
  if (loaded.state === "failed") return <Failed failure={loaded.failure} retry={loaded.retry} />;
  if (loaded.value === undefined) return <Loading what="the item" />;
  return <Content page={loaded.value} run={run} />;
}
