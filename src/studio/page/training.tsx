/** Trainings: curves of all runs, those that run drawn on as their checkpoints come, the runs side by side, and the leaderboard. */
import { useEffect, useState } from "preact/hooks";
import {
  comparisonSchema,
  healthSchema,
  type RunCard,
  type StudioSummary,
  type Training,
  trainingSchema,
} from "../api.ts";
import { Curves } from "./curves.tsx";
import { count } from "./figures.ts";
import { ask, runAddress, useLoaded } from "./request.ts";
import { Failed, Loading } from "./states.tsx";

const colours = 5;
const colourOf = (place: number): string => `var(--series-${(place % colours) + 1})`;

/** Each run's training by name, those that are under way kept up with while the view is open. */
function useTrainings(runs: readonly RunCard[]): ReadonlyMap<string, Training> {
  const [trainings, setTrainings] = useState<ReadonlyMap<string, Training>>(new Map());
  useEffect(() => {
    let over = false;
    const sources: EventSource[] = [];
    const show = (name: string, training: Training): void => {
      if (!over) setTrainings((known) => new Map(known).set(name, training));
    };
    for (const { name, status } of runs) {
      if (status === "finished") {
        // What cannot be read has no curve; the table below says why.
        void ask(trainingSchema, runAddress(name, "training")).then(
          (training) => show(name, training),
          () => undefined,
        );
        continue;
      }
      const source = new EventSource(`api/${runAddress(name, "training/stream")}`);
      source.onmessage = (event: MessageEvent<string>) => {
        const training = trainingSchema.parse(JSON.parse(event.data));
        show(name, training);
        if (training.status === "finished") source.close();
      };
      sources.push(source);
    }
    return () => {
      over = true;
      for (const source of sources) source.close();
    };
  }, [runs]);
  return trainings;
}

function Table({
  caption,
  head,
  rows,
}: {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that scrolls is scrolled by keys
    <section class="table" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join()}>
              {row.map((cell, place) =>
                place === 0 ? (
                  <th key={head[place]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={head[place]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const shownFigures = ["recall@20", "ndcg@20", "precision@20", "coverage@20"];

function SideBySide() {
  const loaded = useLoaded(comparisonSchema, "comparison");
  if (loaded.state === "failed") return <Failed failure={loaded.failure} retry={loaded.retry} />;
  if (loaded.value === undefined) return <Loading what="figures" />;
  const { runs, leaderboard } = loaded.value;
  const figures = shownFigures.filter((figure) => runs.some(({ test }) => test[figure] !== undefined));
  return (
    <>
      {runs.length > 0 && (
        <Table
          caption="Runs side by side, test figures of the best epoch"
          head={["run", "model", "seed", "epochs", "best", "seconds", ...figures]}
          rows={runs.map(({ name, title, seed, epochs, bestEpoch, seconds, test }) => [
            name,
            title,
            String(seed),
            count(epochs),
            count(bestEpoch),
            seconds.toFixed(1),
            ...figures.map((figure) => test[figure]?.toFixed(4) ?? "–"),
          ])}
        />
      )}
      {leaderboard.map(({ title, head, rows }) => (
        <Table key={title} caption={`Leaderboard: ${title}`} head={head} rows={rows} />
      ))}
    </>
  );
}

const verdicts: Readonly<Record<string, string>> = {
  strong: "carries much preference",
  clear: "carries preference",
  weak: "carries a little preference",
  none: "carries no preference",
  "too-few-pairs": "too few pairs to tell",
};

/** Asked for by a button: features have to be read for it. */
function DatasetHealth({ run }: { readonly run: RunCard }) {
  const [wanted, want] = useState(false);
  const loaded = useLoaded(healthSchema, wanted ? runAddress(run.name, "health") : undefined);
  if (!wanted) {
    return (
      <p>
        <button type="button" class="button" onClick={() => want(true)}>
          Look at the health of the dataset
        </button>
      </p>
    );
  }
  if (loaded.state === "failed") return <Failed failure={loaded.failure} retry={loaded.retry} />;
  if (loaded.value === undefined) return <Loading what="the dataset and its features" />;
  const { name, users, items, density, interactions, modalities, warnings } = loaded.value;
  return (
    <>
      <Table
        caption={`Dataset “${name}”`}
        head={["users", "items", "density", ...Object.keys(interactions)]}
        rows={[
          [count(users), count(items), `${(100 * density).toFixed(3)}%`, ...Object.values(interactions).map(count)],
        ]}
      />
      <Table
        caption="Modalities: what is missing, and whether alike items are taken by the same users"
        head={["modality", "columns", "missing", "rows of zeros", "duplicates", "lift", "verdict"]}
        rows={modalities.map((one) => [
          one.name,
          one.columns === undefined ? "–" : count(one.columns),
          count(one.missing),
          count(one.zeroRows),
          count(one.duplicateRows),
          one.lift === undefined ? "–" : `× ${one.lift.toFixed(2)}`,
          verdicts[one.verdict] ?? one.verdict,
        ])}
      />
      {warnings.map((warning) => (
        <p class="notice" key={warning}>
          {warning}
        </p>
      ))}
    </>
  );
}

interface TrainingProps {
  readonly runs: readonly RunCard[];
  /** Where a service is looked at: what of this view it does not have. */
  readonly living: StudioSummary["living"];
  /** Whose dataset is looked at. */
  readonly run: RunCard;
}

export function TrainingView({ runs, living, run }: TrainingProps) {
  const trainings = useTrainings(runs);
  useEffect(() => {
    document.title = "Training · Latticework studio";
  }, []);
  const shown = runs.flatMap(({ name }, place) => {
    const training = trainings.get(name);
    return training === undefined ? [] : [{ name, training, colour: colourOf(place) }];
  });
  const running = shown.filter(({ training }) => training.status === "unfinished");
  const figures = new Set(shown.map(({ training }) => training.validateBy));
  return (
    <>
      <div class="heading">
        <h1>Training</h1>
        <p class="soft" role="status">
          {running.length === 0
            ? "All trainings have ended."
            : running
                .map(
                  ({ name, training }) =>
                    `${name} is at epoch ${training.history.at(-1)?.epoch ?? 0}, as of its last checkpoint`,
                )
                .join("; ")}
        </p>
      </div>
      <ul class="key" aria-label="Runs">
        {shown.map(({ name, colour, training }) => (
          <li key={name}>
            <i class="swatch" style={{ background: colour }} />
            {living?.version ?? name}
            {training.status === "unfinished" && " (in training)"}
          </li>
        ))}
      </ul>
      <div class="charts">
        <Curves
          title={`Validation: ${[...figures].join(", ")}`}
          curves={shown.map(({ name, colour, training }) => ({
            name,
            colour,
            points: training.history.flatMap(({ epoch, validation }) =>
              validation === undefined ? [] : [{ x: epoch, y: validation }],
            ),
          }))}
        />
        <Curves
          title="Training loss, sum of an epoch's batches"
          curves={shown.map(({ name, colour, training }) => ({
            name,
            colour,
            points: training.history.map(({ epoch, loss }) => ({ x: epoch, y: loss })),
          }))}
        />
      </div>
      <SideBySide />
      {living === undefined ? (
        <DatasetHealth key={run.name} run={run} />
      ) : (
        <p class="notice">
          This is the training of the version that is served; latticework model list has the others.{" "}
          {living.withoutHealth}
        </p>
      )}
    </>
  );
}
