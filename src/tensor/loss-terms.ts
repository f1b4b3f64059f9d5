/**
 * Terms that objectives are sums of. Each returns its value and leaves weight × its gradient with its variables; after the last
 * one `tape.backward()` runs once. They may be called in any order and any number of times on one tape.
 */
import type { BprTriples, Ints } from "../engine/engine.ts";
import { normaliseRows } from "./dense-operations.ts";
import { logarithm } from "./elementary.ts";
import { productTransposed } from "./products.ts";
import { concatenateRows } from "./row-operations.ts";
import { blank, type Tape, type Variable, zeros } from "./tape.ts";

/** weight · mean over the triples of −log σ(u · i − u · j). Slots into the rows of `users` and `items`. */
export function bprTerm(tape: Tape, users: Variable, items: Variable, triples: BprTriples, weight: number): number {
  const { engine } = tape;
  const gradients = [users, items].map(({ value }) => zeros(engine, value.rows, value.columns));
  const [userGradient, itemGradient] = gradients;
  const { ranking } = engine.bpr(
    users.value,
    items.value,
    triples,
    0,
    triples.users.length,
    userGradient,
    itemGradient,
  );
  [users, items].forEach((variable, v) => {
    tape.contribute(variable, (into, accumulate) => engine.scale(weight, gradients[v].data, into.data, accumulate));
  });
  return weight * ranking;
}

/**
 * The same of the differences of each triple's items: weight · mean over t of −log σ(u_t · d_t).
 *
 * @param slots rows of `users`, one for each row of `differences`
 */
export function differencesTerm(
  tape: Tape,
  users: Variable,
  differences: Variable,
  slots: Ints,
  weight: number,
): number {
  const { engine } = tape;
  const nothing = tape.constant(zeros(engine, 1, differences.value.columns));
  const positives = engine.ints(slots.length);
  const negatives = engine.ints(slots.length);
  for (let t = 0; t < slots.length; t++) positives[t] = t;
  negatives.fill(slots.length);
  const items = concatenateRows(tape, [differences, nothing]);
  return bprTerm(tape, users, items, { users: slots, positives, negatives }, weight);
}

/** weight · ½ Σ x² */
export function squaresTerm(tape: Tape, x: Variable, weight: number): number {
  const { engine } = tape;
  tape.contribute(x, (into, accumulate) => engine.scale(weight, x.value.data, into.data, accumulate));
  return (weight / 2) * engine.dot(x.value.data, x.value.data);
}

/** weight · mean over the elements of x. */
export function meanTerm(tape: Tape, x: Variable, weight: number): number {
  const share = weight / x.value.data.length;
  let sum = 0;
  for (const value of x.value.data) sum += value;
  tape.contribute(x, (into, accumulate) => {
    for (let e = 0; e < into.data.length; e++) into.data[e] = (accumulate ? into.data[e] : 0) + share;
  });
  return share * sum;
}

/**
 * weight · mean over the pairs t of 1 − cos(a_left[t], b_right[t]). A row of zeros has cosine 0 with every other.
 *
 * @param b gets no gradient: it is a target
 * @param left rows of a, as many as `right` has rows of b; both may repeat
 */
export function cosineTerm(tape: Tape, a: Variable, b: Variable, left: Ints, right: Ints, weight: number): number {
  const { engine } = tape;
  const from = normaliseRows(tape, a);
  const to = normaliseRows(tape, tape.constant(b.value)).value;
  const targets = blank(engine, right.length, to.columns);
  engine.gatherRows(to, right, 1, targets);
  const gradient = zeros(engine, from.value.rows, from.value.columns);
  engine.scatterAddRows(targets, left, -weight / left.length, gradient);
  tape.contribute(from, (into, accumulate) => engine.scale(1, gradient.data, into.data, accumulate));
  return weight + engine.dot(gradient.data, from.value.data);
}

/**
 * InfoNCE of paired rows: weight · mean over i of −log (e^(cos(a_i, b_i)/τ) / Σ_j e^(cos(a_i, b_j)/τ)), the other rows of the
 * batch being the negatives (van den Oord et al. 2018, with cosines). With "both views" the sum goes over the other rows of a as well.
 *
 * @param a rows × d
 * @param b rows × d
 */
export function infoNceTerm(
  tape: Tape,
  a: Variable,
  b: Variable,
  temperature: number,
  weight: number,
  negatives: "other view" | "both views" = "other view",
): number {
  const { engine } = tape;
  const [from, to] = [normaliseRows(tape, a), normaliseRows(tape, b)];
  const both = negatives === "both views";
  const cosines = productTransposed(tape, from, both ? concatenateRows(tape, [to, from]) : to);
  const { rows, columns, data } = cosines.value;
  if (both) for (let i = 0; i < rows; i++) data[i * columns + rows + i] = Number.NEGATIVE_INFINITY;
  const shares = blank(engine, rows, columns);
  const [largest, totals] = [blank(engine, rows, 1).data, blank(engine, rows, 1).data];
  engine.softmaxRows(cosines.value, 1 / temperature, shares, largest, totals);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    sum += logarithm(totals[i]) - (data[i * columns + i] - largest[i]) / temperature;
  }
  const scale = weight / (rows * temperature);
  tape.contribute(cosines, (into, accumulate) => {
    engine.scale(scale, shares.data, into.data, accumulate);
    for (let i = 0; i < rows; i++) into.data[i * columns + i] -= scale;
  });
  return (weight * sum) / rows;
}
