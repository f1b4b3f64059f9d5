/**
 * What each item of a user's history brings to the user's vector in NGCF. Its layers are not linear, but given where a user stands they are
 * sums of messages: with side = s (c z_u + Σ_j c_j Z_j) over the user's items j,
 *   z_u ← φ(W₁ side + b₁) + φ(W₂ (z_u ∘ side) + b₂),   φ(x) = φ′(x) ∘ x, since a leaky ReLU is a line on either side of 0.
 * So with the slopes φ′, the factor z_u of the products and the lengths that rows are divided by held as they are, each item's message
 * is linear in what it brings:
 *   z_j ← φ′₁ ∘ W₁ side_j + φ′₂ ∘ W₂ (z_u ∘ side_j),   side_j = s (c z_j + c_j Z_j),   z_j = 0 before the first layer,
 * and the user's own part goes the same way with the biases. The parts sum to z_u exactly; which slopes are met is the doing of all of
 * them together and is not shared out.
 */
import type { Engine, Floats, Matrix } from "../../engine/engine.ts";
import { releaseUserItemGraph, userItemGraph } from "../../graph/user-item.ts";
import { ngcfLayer, slope } from "../../models/backbones/ngcf.ts";
import type { Run } from "../../runs/open-run.ts";
import type { RunWeights } from "../../runs/weights.ts";
import { spmm } from "../../tensor/sparse-operations.ts";
import { matrixRows, Tape, zeros } from "../../tensor/tape.ts";
import type { PropagatedParts } from "../item-layers.ts";
import { withStoredParameters } from "../stored-parameters.ts";

/** Of one layer: Z_l of all nodes, W and b of both maps; ordinary arrays. */
interface NgcfLayerState {
  readonly z: Matrix;
  readonly sum: StoredMap;
  readonly product: StoredMap;
}

interface StoredMap {
  readonly weight: Matrix;
  readonly bias: Matrix;
}

export interface NgcfState {
  readonly users: number;
  readonly layers: readonly NgcfLayerState[];
  /** degree^-½ of all nodes where the adjacency is symmetric. */
  readonly scale?: Floats | undefined;
}

const copied = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: data.slice() });

export function ngcfState(engine: Engine, run: Run, { interactions }: Pick<RunWeights, "interactions">): NgcfState {
  const { layers, adjacency } = run.config.options;
  const { users, items, maps } = withStoredParameters(run.folder, (parameters) => {
    const map = (name: string): StoredMap => ({
      weight: parameters.read(`${name}.weight`),
      bias: parameters.read(`${name}.bias`),
    });
    return {
      users: parameters.read("embedding.users"),
      items: parameters.read("embedding.items"),
      maps: Array.from({ length: layers }, (_, l) => ({
        sum: map(`ngcf.${l}.sum`),
        product: map(`ngcf.${l}.product`),
      })),
    };
  });
  const graph = userItemGraph(engine, interactions.train, adjacency);
  const states = engine.step(() => {
    const tape = new Tape(engine, false);
    const constant = ({ rows, columns, data }: Matrix) => {
      const matrix = zeros(engine, rows, columns);
      matrix.data.set(data);
      return tape.constant(matrix);
    };
    const joint = zeros(engine, users.rows + items.rows, users.columns);
    joint.data.set(users.data);
    joint.data.set(items.data, users.data.length);
    let z = tape.constant(joint);
    return maps.map(({ sum, product }): NgcfLayerState => {
      const before = z;
      const onTape = ({ weight, bias }: StoredMap) => ({ weight: constant(weight), bias: constant(bias) });
      z = ngcfLayer(tape, before, spmm(tape, graph, before), onTape(sum), onTape(product));
      return { z: copied(before.value), sum, product };
    });
  });
  const scale = graph.forward.columnScale?.slice();
  releaseUserItemGraph(engine, graph);
  return { users: users.rows, layers: states, scale };
}

/** W x */
function applied({ rows, columns, data }: Matrix, x: Floats): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c] * x[c];
    return sum;
  });
}

const plus = (a: Floats, b: Floats): Float64Array => Float64Array.from(a, (value, c) => value + b[c]);
const summed = (parts: readonly Float64Array[]): Float64Array => parts.reduce((sum, part) => plus(sum, part));
const times = (a: Floats, b: Floats): Float64Array => Float64Array.from(a, (value, c) => value * b[c]);
const slopesAt = (x: Floats): Float64Array => Float64Array.from(x, (value) => (value > 0 ? 1 : slope));

/** @param taken the user's training items */
export function ngcfParts({ users, layers, scale }: NgcfState, user: number, taken: Int32Array): PropagatedParts {
  const [{ z: first }] = layers;
  const size = first.columns;
  const share = 1 / (layers.length + 1);
  const start = Float64Array.from(matrixRows(first, user, user + 1).data);
  /** The user's own part, then each item's: within the layer, and of the mean. */
  let current: Float64Array[] = [start, ...Array.from(taken, () => new Float64Array(size))];
  const sums = current.map((part) => part.map((value) => share * value));
  const rowScale = scale === undefined ? 1 / (1 + taken.length) : scale[user];
  const loop = scale === undefined ? 1 : 0;
  for (const { z, sum, product } of layers) {
    const own = matrixRows(z, user, user + 1).data;
    const sides = current.map((part, p) => {
      const side = part.map((value) => rowScale * loop * value);
      if (p === 0) return side;
      const item = users + taken[p - 1];
      const factor = rowScale * (scale?.[item] ?? 1);
      const row = matrixRows(z, item, item + 1).data;
      return side.map((value, c) => value + factor * row[c]);
    });
    const bySum = sides.map((side, p) =>
      p === 0 ? plus(applied(sum.weight, side), sum.bias.data) : applied(sum.weight, side),
    );
    const byProduct = sides.map((side, p) => {
      const message = applied(product.weight, times(own, side));
      return p === 0 ? plus(message, product.bias.data) : message;
    });
    const slopes = [bySum, byProduct].map((parts) => slopesAt(summed(parts)));
    current = sides.map((_, p) => plus(times(slopes[0], bySum[p]), times(slopes[1], byProduct[p])));
    const whole = summed(current);
    const length = Math.max(1e-12, Math.sqrt(whole.reduce((squares, value) => squares + value * value, 0)));
    current.forEach((part, p) => {
      for (let c = 0; c < size; c++) sums[p][c] += (share * part[c]) / length;
    });
  }
  return { own: sums[0], taken: sums.slice(1) };
}
