/**
 * Selection by the validation set: remembers the best value so far and stops at validation number patience + 1 in a row
 * without a new best. Equal is not better: the earliest of equal epochs is kept.
 */

/** All there is to know, so that a checkpoint can carry it. */
export interface SelectionState {
  /** -1 before the first validation. */
  readonly bestEpoch: number;
  readonly bestValue: number;
  /** Validations in a row without a new best. */
  readonly withoutBest: number;
}

export const noSelection: SelectionState = { bestEpoch: -1, bestValue: Number.NEGATIVE_INFINITY, withoutBest: 0 };

/** The state after this epoch's validation figure; a figure that is not a number is never the best. */
export function select(state: SelectionState, epoch: number, value: number): SelectionState {
  return state.bestEpoch < 0 || value > state.bestValue
    ? { bestEpoch: epoch, bestValue: value, withoutBest: 0 }
    : { ...state, withoutBest: state.withoutBest + 1 };
}

/** True when training is to stop. */
export const isExhausted = (state: SelectionState, patience: number): boolean => state.withoutBest > patience;
