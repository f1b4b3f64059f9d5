/**
 * The BPR loss of a batch of slots: mean of −log σ(ŷ_ui − ŷ_uj) + reg · ½ (Σ‖x̂_u‖² + Σ‖x̂_i‖² + Σ‖x̂_j‖²) / B
 * (specification, section 5). It is the end of a tape: loss and gradient come from one pass.
 */
import type { BprLoss, BprTriples } from "../engine/engine.ts";
import type { Tape, Variable } from "./tape.ts";

/**
 * @param users gathered user embeddings, slots × d
 * @param items gathered item embeddings, slots × d
 */
export function bprLoss(
  tape: Tape,
  users: Variable,
  items: Variable,
  triples: BprTriples,
  regularisation: number,
  batchSize: number,
): BprLoss {
  return tape.engine.bpr(
    users.value,
    items.value,
    triples,
    regularisation,
    batchSize,
    tape.gradientOf(users),
    tape.gradientOf(items),
  );
}
