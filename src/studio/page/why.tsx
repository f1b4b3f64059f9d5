/** Why somebody is recommended an item: a dialog with the paths from their history to it, drawn and in words. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type ExplanationPage, explanationSchema, type PathReason, type RunCard } from "../api.ts";
import { figure } from "./figures.ts";
import { Paths } from "./paths.tsx";
import { nameOf, Picture } from "./picture.tsx";
import { runAddress, useLoaded } from "./request.ts";
import { addressOf } from "./route.ts";
import { Failed, Loading } from "./states.tsx";

/** Who it is, as the server is asked: a user, or the items of a session. */
export type Whom = { readonly user: string } | { readonly item: readonly string[] };

/** The neighbour that an item of the history speaks for most, where it is another one than what is explained. */
function Over({ reason, of }: { readonly reason: PathReason; readonly of: string }) {
  const over = reason.through.find(({ item }) => item.id !== of);
  const [most] = (over?.likenesses ?? []).toSorted((a, b) => b.contribution - a.contribution);
  if (over === undefined || most === undefined) return null;
  return (
    <span class="soft">
      , and “{nameOf(over.item)}”, which is like it by {most.modality ?? "who takes it"} {figure(most.cosine)}
    </span>
  );
}

function Content({ run, page }: { readonly run: RunCard; readonly page: ExplanationPage }) {
  const [marked, mark] = useState("");
  const { reasons, others, own, score, backbone, graph } = page;
  return (
    <>
      <p class="sum">
        Score <b>{figure(score)}</b> = <b>{figure(backbone)}</b> from who took what + <b>{figure(graph)}</b> over the
        item graph
      </p>
      <Paths run={run} page={page} marked={marked} />
      <ol class="reasons">
        {reasons.map((reason) => (
          <li key={reason.item.id}>
            <button
              type="button"
              class="reason"
              aria-pressed={marked === reason.item.id}
              onMouseEnter={() => mark(reason.item.id)}
              onMouseLeave={() => mark("")}
              onFocus={() => mark(reason.item.id)}
              onBlur={() => mark("")}
            >
              <Picture run={run.name} item={reason.item} size={96} />
              <span>
                {reason.sentence}
                {reason.direct === 0 && <Over reason={reason} of={page.item.id} />}
                <span class="soft small">
                  {" "}
                  {figure(reason.contribution)} = {figure(reason.backbone)} + {figure(reason.graph)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      <p class="soft small">
        {others.items > 0 && `${others.items} more items of the history bring ${figure(others.contribution)}. `}
        {own.contribution !== 0 && `What no single item carries, the user's own, brings ${figure(own.contribution)}. `}
        All of it adds up to the score.
      </p>
    </>
  );
}

interface WhyProps {
  readonly run: RunCard;
  readonly whom: Whom;
  readonly item: { readonly id: string; readonly title?: string | undefined };
  readonly close: () => void;
}

export function Why({ run, whom, item, close }: WhyProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const loaded = useLoaded(
    explanationSchema,
    runAddress(run.name, `explanations/${encodeURIComponent(item.id)}`, whom),
  );
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="why" aria-labelledby="why" onClose={close}>
      <div class="why-head">
        <h2 id="why">Why “{nameOf(item)}”?</h2>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      {loaded.state === "failed" && <Failed failure={loaded.failure} retry={loaded.retry} />}
      {loaded.value === undefined && loaded.state === "loading" && <Loading what="the reasons" />}
      {loaded.value !== undefined && <Content run={run} page={loaded.value} />}
      <p>
        <a href={addressOf(run.name, "items", item.id)}>Its page, with its neighbours</a>
      </p>
    </dialog>
  );
}
