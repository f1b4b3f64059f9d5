/**
 * Ranking anew what a model put first, from the parts of its scores, in a blink and without a training:
 *   s_i = 2 (1 − g) B_i + 2 g Σ_m w_m (λ′/λ · I_im + (1 − λ′)/(1 − λ) · L_im),
 * B_i the backbone's part of the score, I_im and L_im what comes over the initial and the learned graph of modality m, g the share of the latent
 * graph, w_m the weight of a modality, λ′ the share of the initial graphs. g = ½, w_m = 1 and λ′ = λ are the model's own scores. Then maximal
 * marginal relevance chooses, with the same code that `recommend --diversity` runs.
 *
 * The lengths that LATTICE divides h_i by stay those of the model: this weighs what the model says, it does not foresee another training.
 */
import { diversified } from "../recommender/rules/diversity.ts";
import type { Candidate } from "./api.ts";

export interface Settings {
  /** g, from 0 to 1. */
  readonly latentShare: number;
  /** w by modality; 1 where there is none. */
  readonly modalityWeights: Readonly<Record<string, number>>;
  /** λ′; absent where the model has no learned graph. */
  readonly initialShare?: number | undefined;
  /** δ, from 0 to 1. */
  readonly diversity: number;
}

export interface Ranked {
  readonly candidate: Candidate;
  readonly score: number;
  /** Places that it stands higher (above 0) or lower than the model puts it. */
  readonly moved: number;
}

/** @param trainedShare λ of the run */
export function asTrained(modalities: readonly string[], trainedShare: number | undefined): Settings {
  return {
    latentShare: 0.5,
    modalityWeights: Object.fromEntries(modalities.map((modality) => [modality, 1])),
    ...(trainedShare === undefined ? {} : { initialShare: trainedShare }),
    diversity: 0,
  };
}

/** Whether scores are the model's own. */
function scoresAreTrained(settings: Settings, trainedShare: number | undefined): boolean {
  return (
    settings.latentShare === 0.5 &&
    (settings.initialShare ?? trainedShare) === trainedShare &&
    Object.values(settings.modalityWeights).every((weight) => weight === 1)
  );
}

/** A part of s_i; without a modality where items are alike by who took them. */
export interface WeighedPart {
  readonly modality: string | undefined;
  readonly value: number;
}

export interface WeighedParts {
  readonly backbone: number;
  /** Initial and learned graph together. */
  readonly latent: readonly WeighedPart[];
}

/** The parts that s_i is the sum of. @param trainedShare λ of the run */
export function partsUnder(
  { backbone, latent }: Pick<Candidate, "backbone" | "latent">,
  settings: Settings,
  trainedShare: number | undefined,
): WeighedParts {
  const { latentShare, modalityWeights, initialShare } = settings;
  const movable =
    initialShare !== undefined && trainedShare !== undefined && trainedShare > 0 && trainedShare < 1
      ? { initial: initialShare / trainedShare, learned: (1 - initialShare) / (1 - trainedShare) }
      : { initial: 1, learned: 1 };
  const sums = new Map<string | undefined, number>();
  for (const { modality, graph, contribution } of latent) {
    const weight = modality === undefined ? 1 : (modalityWeights[modality] ?? 1);
    const scale = graph === undefined ? 1 : movable[graph];
    sums.set(modality, (sums.get(modality) ?? 0) + 2 * latentShare * weight * scale * contribution);
  }
  return {
    backbone: 2 * (1 - latentShare) * backbone,
    latent: Array.from(sums, ([modality, value]) => ({ modality, value })),
  };
}

/** s_i. */
export function scoreOf(candidate: Candidate, settings: Settings, trainedShare: number | undefined): number {
  const { backbone, latent } = partsUnder(candidate, settings, trainedShare);
  return latent.reduce((sum, { value }) => sum + value, backbone);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let product = 0;
  for (let c = 0; c < a.length; c++) product += (a[c] ?? 0) * (b[c] ?? 0);
  return product;
}

/** @param pool as the model ranks it @returns the first `count` */
export function rerank(
  pool: readonly Candidate[],
  settings: Settings,
  trainedShare: number | undefined,
  count: number,
): readonly Ranked[] {
  const trained = scoresAreTrained(settings, trainedShare);
  const ranked = pool
    .map((candidate, item) => ({
      item,
      score: trained ? candidate.score : scoreOf(candidate, settings, trainedShare),
    }))
    .sort((a, b) => b.score - a.score || a.item - b.item);
  const directionOf = (place: number): readonly number[] => pool[place]?.direction ?? [];
  const chosen = diversified(ranked, count, settings.diversity, (a, b) => cosine(directionOf(a), directionOf(b)));
  return chosen.flatMap(({ item, score }, place) => {
    const candidate = pool[item];
    return candidate === undefined ? [] : [{ candidate, score, moved: item - place }];
  });
}
