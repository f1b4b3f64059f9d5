/**
 * A user's vector as a sum, x̂_u = own + Σ_a taken_a: what each item a of the history brings, and what is the user's own.
 * - LightGCN, alone, in LATTICE or in FREEDOM: the first step of its walk from the user (`item-layers.ts`).
 * - NGCF: its messages, with slopes and lengths as they are (`ngcf-shares.ts`).
 * - MF: all is the user's own; who bought what is in it, but not item by item.
 * - Somebody who comes with a history: the parts of the fold-in (`fold-in.ts`), nothing is their own.
 */
import type { Engine, Floats } from "../../engine/engine.ts";
import type { Run } from "../../runs/open-run.ts";
import type { RunWeights } from "../../runs/weights.ts";
import { matrixRows } from "../../tensor/tape.ts";
import type { FoldIn, HistoryEntry } from "../fold-in.ts";
import { type ItemLayers, propagatedParts } from "../item-layers.ts";
import { withStoredParameters } from "../stored-parameters.ts";
import { type NgcfState, ngcfParts, ngcfState } from "./ngcf-shares.ts";

export interface UserShares {
  readonly own: Floats;
  /** By item of the history. */
  readonly taken: ReadonlyMap<number, Floats>;
}

export interface UserSharesSource {
  ofUser(user: number): UserShares;
  ofHistory(history: readonly HistoryEntry[]): UserShares;
}

interface UserSharesParts {
  readonly engine: Engine;
  readonly run: Run;
  readonly weights: Pick<RunWeights, "interactions" | "users">;
  readonly foldIn: FoldIn;
  readonly layers: () => ItemLayers;
}

const byItem = (items: readonly number[], parts: readonly Floats[]): ReadonlyMap<number, Floats> =>
  new Map(items.map((item, n) => [item, parts[n]]));

type OfUser = (user: number, items: Int32Array) => UserShares;

function alone({ weights }: UserSharesParts): OfUser {
  return (user, items) => {
    const own = matrixRows(weights.users, user, user + 1).data;
    return { own, taken: new Map(Array.from(items, (item) => [item, new Float64Array(own.length)])) };
  };
}

function byLightGcn({ run, layers }: UserSharesParts): OfUser {
  const table = withStoredParameters(run.folder, (parameters) => parameters.read("embedding.users"));
  return (user, items) => {
    const history = Array.from(items, (item) => [{ item, weight: 1 }]);
    const { own, taken } = propagatedParts(layers(), history, matrixRows(table, user, user + 1).data);
    return { own, taken: byItem([...items], taken) };
  };
}

function byNgcf({ engine, run, weights }: UserSharesParts): OfUser {
  let state: NgcfState | undefined;
  return (user, items) => {
    state ??= ngcfState(engine, run, weights);
    const { own, taken } = ngcfParts(state, user, items);
    return { own, taken: byItem([...items], taken) };
  };
}

function byContent({ foldIn, weights }: UserSharesParts): OfUser {
  return (_, items) => {
    const parts = foldIn.parts(Array.from(items, (item) => ({ item, weight: 1 })));
    return { own: new Float64Array(weights.users.columns), taken: byItem([...items], parts) };
  };
}

function chosen(parts: UserSharesParts): OfUser {
  const { model, backbone = "lightgcn", options } = parts.run.config;
  if (model === "content-knn") return byContent(parts);
  const kind = model === "lattice" ? backbone : model;
  if (kind === "ngcf" && options.layers > 0) return byNgcf(parts);
  return kind === "lightgcn" || kind === "freedom" ? byLightGcn(parts) : alone(parts);
}

export function userShares(parts: UserSharesParts): UserSharesSource {
  const { train } = parts.weights.interactions;
  const ofUser = chosen(parts);
  return {
    ofUser: (user) => ofUser(user, train.columnIndices.slice(train.rowPointers[user], train.rowPointers[user + 1])),
    ofHistory: (history) => ({
      own: new Float64Array(parts.weights.users.columns),
      taken: byItem(
        history.map(({ item }) => item),
        parts.foldIn.parts(history),
      ),
    }),
  };
}
