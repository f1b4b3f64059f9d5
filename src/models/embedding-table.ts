/**
 * E: the id embeddings of users and items, two parameters that lie one after the other in memory, so that the graph over users
 * then items sees them as one matrix without a copy. The backbone and the item graph share it.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { matrixRows, type Tape, type Variable, zeros } from "../tensor/tape.ts";
import { fillXavier, type RandomStreams } from "./initialise.ts";

export interface EmbeddingTable {
  readonly userCount: number;
  /** users × d */
  readonly users: Parameter;
  /** items × d */
  readonly items: Parameter;
  /** (users + items) × d over the same memory. */
  readonly joint: Matrix;
  dispose(): void;
}

export function createEmbeddingTable(
  engine: Engine,
  users: number,
  items: number,
  size: number,
  random: RandomStreams,
): EmbeddingTable {
  const joint = zeros(engine, users + items, size);
  const moments = [engine.floats(joint.data.length), engine.floats(joint.data.length)];
  const parameter = (name: string, from: number, to: number): Parameter => {
    const value = matrixRows(joint, from, to);
    const [firstMoment, secondMoment] = moments.map((moment) => moment.subarray(from * size, to * size));
    fillXavier(value, random(`parameters/${name}`));
    return { name, value, firstMoment, secondMoment, streamed: false, steps: 0, gradient: undefined };
  };
  return {
    userCount: users,
    users: parameter("embedding.users", 0, users),
    items: parameter("embedding.items", users, users + items),
    joint,
    dispose: () => {
      for (const array of [joint.data, ...moments]) engine.release(array);
    },
  };
}

/** The leaf over the whole table. */
export function embeddings(tape: Tape, table: EmbeddingTable): Variable {
  return tape.stackedParameters([table.users, table.items], table.joint);
}
