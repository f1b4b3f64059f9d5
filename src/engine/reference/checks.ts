/**
 * What the reference engine verifies before it computes: that arrays are its own, that shapes fit, that indices are
 * in range and that the output does not overlap an input. An oracle that computes on broken promises would hide them.
 */
import { EngineError } from "../../errors.ts";
import type { Floats, Ints, Matrix, NeighbourLists, Pattern, SparseMatrix } from "../engine.ts";

export interface Checks {
  /** The array is alive, of this engine, and has `length` elements where that is given. @throws EngineError */
  array(operation: string, name: string, array: Floats | Ints, length?: number): void;
  /** The matrix has as many values as its shape says, and the shape asked for. @throws EngineError */
  matrix(operation: string, name: string, matrix: Matrix, rows?: number, columns?: number): void;
  /** Row pointers ascend, columns are in range and ascend within a row. @throws EngineError */
  pattern(operation: string, name: string, pattern: Pattern): void;
  /** `pattern`, and one value, row scale and column scale where there are some. @throws EngineError */
  sparse(operation: string, name: string, sparse: SparseMatrix): void;
  /** Every index is within [least, bound); least is 0, or -1 where -1 means "none". @throws EngineError */
  indices(operation: string, name: string, indices: Ints, bound: number, least?: 0 | -1): void;
  /** Lists hold rows × k entries, k at least 1. @throws EngineError */
  lists(operation: string, lists: NeighbourLists): void;
  /** The output shares no memory with the inputs. @throws EngineError */
  apart(operation: string, out: Floats, ...inputs: readonly (Floats | Ints)[]): void;
}

/** `owns` tells a living array of the engine from others. */
export function createChecks(owns: (array: Floats | Ints) => boolean): Checks {
  const array: Checks["array"] = (operation, name, candidate, length) => {
    if (!owns(candidate)) {
      throw new EngineError(
        `${operation}: ${name} is not a living array of this engine (foreign, released, or a temporary of a step that ended); make it with engine.floats or engine.ints`,
      );
    }
    if (length !== undefined && candidate.length !== length) {
      throw new EngineError(`${operation}: ${name} has ${candidate.length} elements, expected ${length}`);
    }
  };

  const matrix: Checks["matrix"] = (operation, name, candidate, rows, columns) => {
    array(operation, `${name}.data`, candidate.data, candidate.rows * candidate.columns);
    const found = `${candidate.rows} × ${candidate.columns}`;
    const wanted = `${rows ?? candidate.rows} × ${columns ?? candidate.columns}`;
    if (found !== wanted) throw new EngineError(`${operation}: ${name} is ${found}, expected ${wanted}`);
  };

  const indices: Checks["indices"] = (operation, name, candidate, bound, least = 0) => {
    array(operation, name, candidate);
    for (const [position, index] of candidate.entries()) {
      if (index < least || index >= bound) {
        throw new EngineError(`${operation}: ${name}[${position}] is ${index}, expected ${least} to ${bound - 1}`);
      }
    }
  };

  const pattern: Checks["pattern"] = (operation, name, candidate) => {
    const { rows, columns, rowPointers, columnIndices } = candidate;
    array(operation, `${name}.rowPointers`, rowPointers, rows + 1);
    for (let i = 0; i < rows; i++) {
      if (rowPointers[i] < 0 || rowPointers[i + 1] < rowPointers[i]) {
        throw new EngineError(
          `${operation}: ${name}.rowPointers go from ${rowPointers[i]} to ${rowPointers[i + 1]} in row ${i}, expected them to ascend from 0`,
        );
      }
    }
    if (rowPointers[rows] > columnIndices.length) {
      throw new EngineError(
        `${operation}: ${name} has ${columnIndices.length} column indices, expected ${rowPointers[rows]}`,
      );
    }
    indices(operation, `${name}.columnIndices`, columnIndices, columns);
    for (let i = 0; i < rows; i++) {
      for (let p = rowPointers[i] + 1; p < rowPointers[i + 1]; p++) {
        if (columnIndices[p] <= columnIndices[p - 1]) {
          throw new EngineError(
            `${operation}: ${name} has column ${columnIndices[p]} after ${columnIndices[p - 1]} in row ${i}, expected ascending columns`,
          );
        }
      }
    }
  };

  return {
    array,
    matrix,
    indices,
    pattern,
    sparse(operation, name, candidate) {
      pattern(operation, name, candidate);
      const { rows, columns, columnIndices, values, rowScale, columnScale } = candidate;
      if (values !== undefined) array(operation, `${name}.values`, values, columnIndices.length);
      if (rowScale !== undefined) array(operation, `${name}.rowScale`, rowScale, rows);
      if (columnScale !== undefined) array(operation, `${name}.columnScale`, columnScale, columns);
    },
    lists(operation, lists) {
      if (!Number.isInteger(lists.k) || lists.k < 1) {
        throw new EngineError(`${operation}: lists.k is ${lists.k}, expected a whole number from 1`);
      }
      array(operation, "lists.indices", lists.indices, lists.rows * lists.k);
      array(operation, "lists.values", lists.values, lists.rows * lists.k);
    },
    apart(operation, out, ...inputs) {
      for (const input of inputs) {
        const overlaps =
          input.buffer === out.buffer &&
          input.byteOffset < out.byteOffset + out.byteLength &&
          out.byteOffset < input.byteOffset + input.byteLength;
        if (overlaps) throw new EngineError(`${operation}: the output overlaps an input; give it memory of its own`);
      }
    },
  };
}
