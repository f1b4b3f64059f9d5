/**
 * What models with an objective of their own share: a step selects the batch's users and items, computes their final embeddings, adds BPR over
 * them and whatever terms the model's paper adds, and runs backward once. A model is then its forward pass and its terms.
 */
import type { Engine } from "../engine/engine.ts";
import { bprLoss } from "../tensor/bpr-loss.ts";
import { squaresTerm } from "../tensor/loss-terms.ts";
import { clearGradients, type Parameter } from "../tensor/parameter.ts";
import { Tape, type Variable } from "../tensor/tape.ts";
import { keepEmbeddings } from "./collaborative.ts";
import type { LossOptions, Model, StepContext } from "./model.ts";
import { type BatchSelection, selectBatch } from "./selection.ts";

/** x̂ of the users and of the items that a forward pass was asked for. */
export interface FinalRows {
  readonly users: Variable;
  readonly items: Variable;
  /** The batch's rows of parameters whose squares are penalised, each once, where it is not x̂ that is. */
  readonly regularised?: readonly Variable[];
}

export interface RankingParts<Final extends FinalRows>
  extends Pick<Model, "name" | "users" | "items" | "parameters" | "graphSeconds" | "initialNeighbours" | "dispose"> {
  readonly engine: Engine;
  readonly parameters: readonly Parameter[];
  /** Before the first step of an epoch, inside that step. */
  readonly startEpoch?: (epoch: number) => void;
  /** @param selection the batch's rows; undefined: all users and all items, in evaluation mode */
  readonly forward: (tape: Tape, selection: BatchSelection | undefined, context: StepContext | undefined) => Final;
  /** False where the model does not rank a positive above a negative: its terms see no negatives. Default: true. */
  readonly ranks?: boolean;
  /** Terms beside BPR: leaves their gradient on the tape, returns their sum. */
  readonly terms?: (
    tape: Tape,
    final: Final,
    selection: BatchSelection,
    context: StepContext,
    options: LossOptions,
  ) => number;
}

export function createRankingModel<Final extends FinalRows>(parts: RankingParts<Final>): Model {
  const { engine, name, users, items, parameters, forward, terms } = parts;
  return {
    name,
    engine,
    users,
    items,
    parameters,
    graphSeconds: parts.graphSeconds,
    initialNeighbours: parts.initialNeighbours,
    loss: (tape, batch, context, options) => {
      clearGradients(parameters);
      if (context.step === 0) parts.startEpoch?.(context.epoch);
      const ranks = parts.ranks ?? true;
      const selection = selectBatch(engine, ranks ? batch : { ...batch, negatives: batch.positives }, users, items);
      const final = forward(tape, selection, context);
      const own = terms?.(tape, final, selection, context, options) ?? 0;
      const { regularised } = final;
      const ofFinal = regularised === undefined ? options.regularisation : 0;
      const loss = ranks
        ? bprLoss(tape, final.users, final.items, selection.triples, ofFinal, options.batchSize)
        : { ranking: 0, regularisation: 0 };
      const share = options.regularisation / options.batchSize;
      const squares = (regularised ?? []).reduce((sum, rows) => sum + squaresTerm(tape, rows, share), 0);
      tape.backward();
      return { ranking: loss.ranking + own, regularisation: loss.regularisation + squares };
    },
    finalEmbeddings: () =>
      engine.step(() => {
        const final = forward(new Tape(engine, false), undefined, undefined);
        return keepEmbeddings(engine, final.users, final.items);
      }),
    itemGraph: () => undefined,
    modalityWeights: () => undefined,
    dispose: parts.dispose,
  };
}
