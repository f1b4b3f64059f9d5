/**
 * Evaluation by full ranking (specification, section 6): for each user with held-out items, all items (or the candidates) except the user's
 * training items and dislikes are ranked, and the figures of the lists are averaged over those users.
 */
import type { Interactions, Split } from "../data/dataset.ts";
import type { Engine, Matrix } from "../engine/engine.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { transposedScores } from "../graph/co-occurrence.ts";
import type { FinalEmbeddings } from "../models/model.ts";
import { restrictToItems } from "./cold-start.ts";
import { createMetricSums, type NdcgKind } from "./metric-sums.ts";
import type { MetricTable } from "./metric-table.ts";
import { type RankedBlock, rankInBlocks } from "./rank.ts";
import { rankByItemScores } from "./rank-item-scores.ts";
import type { ListListener } from "./user-figures.ts";

export interface EvaluationRequest {
  readonly engine: Engine;
  readonly embeddings: FinalEmbeddings;
  readonly interactions: Readonly<Record<Split, Interactions>>;
  /** The held-out set to measure on. */
  readonly split: "validation" | "test";
  /** List lengths to measure at, each at least 1. */
  readonly cutoffs: readonly number[];
  /** At test time, leave validation items out of the candidates too. */
  readonly maskValidation?: boolean | undefined;
  /** What users do not want: left out of the candidates as their training items are. */
  readonly dislikes?: Interactions | undefined;
  /** What `ndcg@K` means; default: standard. */
  readonly ndcg?: NdcgKind | undefined;
  /** Items that are ranked, ascending; only they count as held out, only users who hold one out count. Default: all. */
  readonly candidates?: Int32Array | undefined;
  /** Takes every user's list, users ascending; with `candidates`, lists hold places in them. */
  readonly onList?: ListListener | undefined;
}

/** Users that have at least one item in this split, ascending. */
export function usersWithItems(interactions: Interactions): Int32Array {
  const { rows, rowPointers } = interactions;
  const users = new Int32Array(rows);
  let count = 0;
  for (let user = 0; user < rows; user++) {
    if (rowPointers[user + 1] > rowPointers[user]) users[count++] = user;
  }
  return users.slice(0, count);
}

/** The union of two sets of interactions of the same users and items. */
export function unionOf(a: Interactions, b: Interactions): Interactions {
  const rowPointers = new Int32Array(a.rows + 1);
  const columnIndices = new Int32Array(a.columnIndices.length + b.columnIndices.length);
  let length = 0;
  for (let row = 0; row < a.rows; row++) {
    let p = a.rowPointers[row];
    let q = b.rowPointers[row];
    const pEnd = a.rowPointers[row + 1];
    const qEnd = b.rowPointers[row + 1];
    while (p < pEnd || q < qEnd) {
      const left = p < pEnd ? a.columnIndices[p] : Number.POSITIVE_INFINITY;
      const right = q < qEnd ? b.columnIndices[q] : Number.POSITIVE_INFINITY;
      columnIndices[length++] = Math.min(left, right);
      if (left <= right) p += 1;
      if (right <= left) q += 1;
    }
    rowPointers[row + 1] = length;
  }
  return { rows: a.rows, columns: a.columns, rowPointers, columnIndices: columnIndices.slice(0, length) };
}

/** A copy of some rows in long-lived engine memory. */
function rowsOf(engine: Engine, matrix: Matrix, rows: Int32Array): Matrix {
  const { columns } = matrix;
  const copy = { rows: rows.length, columns, data: engine.floats(rows.length * columns, "anything") };
  const indices = engine.ints(rows.length);
  indices.set(rows);
  engine.gatherRows(matrix, indices, 1, copy);
  engine.release(indices);
  return copy;
}

/**
 * As `evaluate`, a block of users at a time: yields the share done (0 … 1) after each, returns the figures.
 * @throws DatasetError when nothing is held out in the split; ConfigError for an impossible cutoff
 */
export function* evaluateInBlocks(request: EvaluationRequest): Generator<number, MetricTable, undefined> {
  const { engine, embeddings, interactions, split } = request;
  const impossible = request.cutoffs.find((cutoff) => !Number.isInteger(cutoff) || cutoff < 1);
  if (impossible !== undefined || request.cutoffs.length === 0) {
    throw new ConfigError(
      `cutoffs: found ${impossible ?? "none"}; each is a whole number of at least 1, such as 10,20`,
    );
  }
  const { candidates } = request;
  const seen = (all: Interactions): Interactions => (candidates === undefined ? all : restrictToItems(all, candidates));
  const heldOut = seen(interactions[split]);
  const users = usersWithItems(heldOut);
  if (users.length === 0) {
    throw new DatasetError(
      candidates === undefined
        ? `${split} set: no interaction is held out, so there is nothing to evaluate on; give some interactions the ${split} label or evaluate another split`
        : `${split} set: no interaction with one of the ${candidates.length} candidates is held out, so there is nothing to evaluate on; evaluate another split or rank all items`,
    );
  }
  const masked = request.maskValidation === true && split === "test";
  const { dislikes } = request;
  const trained = masked ? unionOf(interactions.train, interactions.validation) : interactions.train;
  const mask = seen(dislikes === undefined ? trained : unionOf(trained, dislikes));
  const depth = Math.max(...request.cutoffs);
  const { itemScores } = embeddings;
  const isSubset = candidates !== undefined && itemScores === undefined;
  const items = isSubset ? rowsOf(engine, embeddings.items, candidates) : embeddings.items;
  const rank = (): Generator<RankedBlock, void, undefined> =>
    itemScores === undefined
      ? rankInBlocks({ engine, embeddings: { users: embeddings.users, items }, users, mask, depth })
      : rankByItemScores({
          transposed: transposedScores(itemScores),
          profiles: interactions.train,
          users,
          mask,
          candidates,
          depth,
        });
  const sums = createMetricSums(request.cutoffs, candidates?.length ?? items.rows, request.ndcg);
  try {
    for (const block of rank()) {
      for (let row = 0; row < block.count; row++) {
        const user = users[block.offset + row];
        const from = heldOut.rowPointers[user];
        const to = heldOut.rowPointers[user + 1];
        sums.add(block.items, row * depth, heldOut.columnIndices, from, to);
        request.onList?.(user, block.items, row * depth);
      }
      yield (block.offset + block.count) / users.length;
    }
  } finally {
    if (isSubset) engine.release(items.data);
  }
  return sums.table();
}

/**
 * Figures of these embeddings on the held-out items of a split. To be called outside `engine.step`.
 * @throws DatasetError when nothing is held out in the split; ConfigError for an impossible cutoff
 */
export function evaluate(request: EvaluationRequest): MetricTable {
  const blocks = evaluateInBlocks(request);
  let next = blocks.next();
  while (next.done !== true) next = blocks.next();
  return next.value;
}
