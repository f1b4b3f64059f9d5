/**
 * What every model is to the trainer: parameters by name, a loss on a tape, and final embeddings whose dot product is the
 * score, or item–item scores in their place. One conformance suite (`model.conformance.ts`) holds all of them to it.
 */
import type { NeighbourFile } from "../data/dataset.ts";
import type { BprLoss, Engine, Floats, Matrix, Pattern } from "../engine/engine.ts";
import type { ItemScores } from "../graph/co-occurrence.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { Tape } from "../tensor/tape.ts";
import type { GraphEvidence } from "./graph-evidence.ts";

/** Triples of a batch as user and item indices, equally long; not yet slots. Ordinary (not engine) arrays. */
export interface Batch {
  readonly users: Int32Array;
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

/** Where in the training a step stands. */
export interface StepContext {
  /** 0-based. */
  readonly epoch: number;
  /** 0-based within the epoch. LATTICE builds its item graph, with gradient, at step 0. */
  readonly step: number;
  /** 32-bit key that differs from step to step, for dropout. */
  readonly dropoutKey: number;
}

export interface LossOptions {
  readonly regularisation: number;
  /** Divisor of the regulariser: the configured batch size, also for a short last batch. */
  readonly batchSize: number;
}

/** Final embeddings of all users and all items, in evaluation mode (no dropout, graph rebuilt from the current parameters). */
export interface FinalEmbeddings {
  /** users × embeddingSize */
  readonly users: Matrix;
  /** items × embeddingSize */
  readonly items: Matrix;
  /**
   * S, where no short vectors have the model's scores: ŷ_ui = Σ_{j ∈ N_u} S_ij over the user's training items. The matrices then have no
   * columns. Ordinary arrays, nothing to release.
   */
  readonly itemScores?: ItemScores | undefined;
}

/** The latent item graph as it stands: its parts are for reports, explanations and export. */
export interface ItemGraph {
  /** G, items × items, in ordinary arrays. */
  readonly graph: Pattern & { readonly values: Floats };
  /** α by modality, summing to 1 over modalities. */
  readonly modalityWeights: Readonly<Record<string, number>>;
  /** Absent where the graph is not made of modalities. */
  readonly evidence?: GraphEvidence | undefined;
}

export interface Model {
  readonly name: string;
  readonly engine: Engine;
  readonly users: number;
  readonly items: number;
  /** In a fixed order; names are stable, they are the tensor names in `weights.safetensors`. */
  readonly parameters: readonly Parameter[];
  /** Seconds spent so far in building initial graphs. */
  readonly graphSeconds: number;
  /** The lists behind the initial graphs, by modality: as the dataset brought them, or the nearest by raw features. Ordinary arrays; empty for models without an item graph. */
  readonly initialNeighbours: Readonly<Record<string, NeighbourFile>>;
  /**
   * Records the loss of a batch on the tape and runs it backward: afterwards the parameters hold their gradients
   * (those that got one). To be called inside `engine.step`.
   */
  loss(tape: Tape, batch: Batch, context: StepContext, options: LossOptions): BprLoss;
  /** From the current parameters. To be called OUTSIDE `engine.step`; the results are long-lived, the caller releases both. */
  finalEmbeddings(): FinalEmbeddings;
  /** The item graph from the current parameters, copied out of the engine; undefined for models without one. Outside `engine.step`. */
  itemGraph(): ItemGraph | undefined;
  /** Current α by modality, cheap; undefined for models without one. */
  modalityWeights(): Readonly<Record<string, number>> | undefined;
  /** Gives all long-lived arrays back. */
  dispose(): void;
}
