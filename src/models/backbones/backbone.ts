/** What LATTICE plugs into: a collaborative model of users and items, over the shared embedding table. */
import type { Parameter } from "../../tensor/parameter.ts";
import type { RowSelection } from "../../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../../tensor/tape.ts";

export interface Backbone {
  /** Parameters beyond the embedding table. */
  readonly parameters: readonly Parameter[];
  /**
   * x̃: (users + items) × d, or the selected rows of it.
   *
   * @param embeddings Z₀, the table of users then items
   * @param nodes the rows wanted; undefined for all
   * @param dropoutKey differs from step to step
   */
  forward(tape: Tape, embeddings: Variable, nodes: RowSelection | undefined, dropoutKey: number): Variable;
  dispose(): void;
}
