/** The sliders over a list of recommendations, each with what it does, and the way back to what the model says. */
import { useId } from "preact/hooks";
import type { Person } from "../api.ts";
import { asTrained, type Settings } from "../rerank.ts";
import { modalityColour } from "./colours.ts";
import { figure, percent } from "./figures.ts";

interface SliderProps {
  readonly label: string;
  readonly colour?: string;
  readonly value: number;
  readonly most: number;
  readonly shown: string;
  readonly trained: number;
  readonly help: string;
  readonly change: (value: number) => void;
}

function Slider({ label, colour, value, most, shown, trained, help, change }: SliderProps) {
  const id = useId();
  return (
    <div class="slider">
      <label for={id}>
        {colour !== undefined && <i class="swatch" style={{ background: colour }} />}
        {label}
      </label>
      <output for={id} class={value === trained ? undefined : "changed"}>
        {shown}
      </output>
      <input
        id={id}
        type="range"
        min={0}
        max={most}
        step={most / 100}
        value={value}
        aria-describedby={`${id}-help`}
        aria-valuetext={shown}
        onInput={(event) => change(event.currentTarget.valueAsNumber)}
      />
      <p id={`${id}-help`} class="soft small">
        {help}
      </p>
    </div>
  );
}

interface SlidersProps {
  readonly person: Person;
  readonly modalities: readonly string[];
  readonly settings: Settings;
  readonly change: (settings: Settings) => void;
}

const mostWeight = 3;

/** Beside the list the sliders are open, above it they would push it away. */
const wide = matchMedia("(min-width: 981px)").matches;

/** Modalities that scores of this person have parts of, in the run's order. */
export function modalitiesIn({ pool }: Person, known: readonly string[]): readonly string[] {
  const found = new Set(pool.flatMap(({ latent }) => latent.map(({ modality }) => modality)));
  return known.filter((modality) => found.has(modality));
}

export function Sliders({ person, modalities, settings, change }: SlidersProps) {
  const { pool, initialShare } = person;
  const parted = modalitiesIn(person, modalities);
  const hasLatent = pool.some(({ latent }) => latent.length > 0);
  const hasBackbone = pool.some(({ backbone }) => backbone !== 0);
  const diverse = pool.some(({ direction }) => direction.length > 0);
  const trained = asTrained(parted, initialShare);
  const movable = initialShare !== undefined && initialShare > 0 && initialShare < 1;
  return (
    <details class="panel" open={wide}>
      <summary>
        <h2>Weigh it differently</h2>
      </summary>
      <p class="soft small">
        The {pool.length} items that the model puts first are ranked anew from the exact parts of their scores. Nothing
        is trained again: a training with other settings would also learn other things.
      </p>
      {hasLatent && hasBackbone && (
        <Slider
          label="Share of the latent graph"
          value={settings.latentShare}
          most={1}
          shown={percent(settings.latentShare)}
          trained={0.5}
          help="0%: only who took what counts. 50%: as trained. 100%: only what is alike."
          change={(latentShare) => change({ ...settings, latentShare })}
        />
      )}
      {parted.map((modality) => (
        <Slider
          key={modality}
          label={`Weight of ${modality}`}
          colour={modalityColour(modalities, modality)}
          value={settings.modalityWeights[modality] ?? 1}
          most={mostWeight}
          shown={`× ${(settings.modalityWeights[modality] ?? 1).toFixed(2)}`}
          trained={1}
          help={`Multiplies what comes over edges of ${modality}. × 1 is as trained.`}
          change={(weight) =>
            change({ ...settings, modalityWeights: { ...settings.modalityWeights, [modality]: weight } })
          }
        />
      ))}
      {movable && (
        <Slider
          label="λ, share of the initial graphs"
          value={settings.initialShare ?? initialShare}
          most={1}
          shown={figure(settings.initialShare ?? initialShare)}
          trained={initialShare}
          help={`Likeness as encoded (1) against likeness as learned (0). The run has ${figure(initialShare)}.`}
          change={(share) => change({ ...settings, initialShare: share })}
        />
      )}
      {diverse && (
        <Slider
          label="Diversity"
          value={settings.diversity}
          most={1}
          shown={figure(settings.diversity)}
          trained={0}
          help="How much an item loses for being like those above it (maximal marginal relevance)."
          change={(diversity) => change({ ...settings, diversity })}
        />
      )}
      <button type="button" class="button" onClick={() => change(trained)}>
        As trained
      </button>
    </details>
  );
}
