/** Explains why somebody is recommended an item by a run: which parts its model has, opened when first asked for. */
import type { Engine } from "../../engine/engine.ts";
import { ConfigError } from "../../errors.ts";
import type { Run } from "../../runs/open-run.ts";
import { itemScoresOf, type RunWeights } from "../../runs/weights.ts";
import { matrixRows } from "../../tensor/tape.ts";
import type { Catalogue } from "../catalogue.ts";
import { contentEnds, type FoldIn, type HistoryEntry } from "../fold-in.ts";
import type { ItemLayers } from "../item-layers.ts";
import { withStoredParameters } from "../stored-parameters.ts";
import { assemble, type ExplanationParts } from "./assemble.ts";
import type { ExplainOptions, Explanation, NamedItem } from "./explanation.ts";
import { freedomLinks, latticeLinks } from "./item-links.ts";
import { type ItemGraphWalk, itemShares } from "./item-shares.ts";
import { dot, partsByContent, partsByItemScores, partsByVectors } from "./score-parts.ts";
import { type UserShares, userShares } from "./user-shares.ts";

export interface Explainer {
  /** @throws ConfigError for a user without training items, or a model whose scores have no parts to tell */
  ofUser(user: number, item: number, options: ExplainOptions): Explanation;
  /** @throws ConfigError for an empty history, or such a model */
  ofHistory(history: readonly HistoryEntry[], item: number, options: ExplainOptions): Explanation;
}

interface ExplainerParts {
  readonly engine: Engine;
  readonly run: Run;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: Catalogue;
  readonly foldIn: FoldIn;
  readonly layers: () => ItemLayers;
}

const explained = ["lattice", "lightgcn", "ngcf", "mf", "freedom", "item-knn", "content-knn"];

function checkModel({ folder, config }: Run): void {
  const { model } = config;
  if (explained.includes(model)) return;
  const reason =
    model === "popularity"
      ? "scores an item by how many took it, the same for everybody, so no item of a history carries it"
      : "mixes histories and features in ways that no sum of single items stands for";
  throw new ConfigError(
    `run ${folder} is of model ${model}, which ${reason}; what can be explained is ${explained.join(", ")}`,
  );
}

function walkOf({ run, weights }: ExplainerParts): ItemGraphWalk | undefined {
  const { model, options } = run.config;
  if (model !== "lattice" && model !== "freedom") return undefined;
  return {
    links: model === "lattice" ? latticeLinks(run, weights) : freedomLinks(run, weights),
    embeddings: withStoredParameters(run.folder, (parameters) => parameters.read("embedding.items")),
    layers: options.itemLayers,
    normalised: model === "lattice",
  };
}

export function createExplainer(parts: ExplainerParts): Explainer {
  const { run, weights, catalogue, foldIn } = parts;
  const scores = itemScoresOf(weights);
  const { train } = weights.interactions;
  const embeddingOf = (item: number) => matrixRows(catalogue.embeddings, item, item + 1).data;
  let opened: { readonly users: ReturnType<typeof userShares>; readonly walk: ItemGraphWalk | undefined } | undefined;
  const open = () => {
    opened ??= { users: userShares(parts), walk: walkOf(parts) };
    return opened;
  };
  const { isShown } = catalogue;
  const named = (item: number): NamedItem => {
    const title = catalogue.titleOf(item);
    return { id: catalogue.idOf(item), ...(title === undefined ? {} : { title }) };
  };
  const byShares = (user: UserShares, item: number, score: number): ExplanationParts => {
    if (run.config.model === "content-knn") {
      const names = run.config.dataset.modalities.map(({ name }) => name);
      return partsByContent({ item, score }, user, embeddingOf, contentEnds(run), names);
    }
    return partsByVectors({ item, score }, user, itemShares(catalogue, open().walk, item));
  };
  return {
    ofUser: (user, item, options) => {
      checkModel(run);
      const own = train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]);
      if (own.length === 0) {
        throw new ConfigError(
          `user ${JSON.stringify(run.ids.users[user])} has no training items and is recommended what is popular; there is no history to explain it by`,
        );
      }
      if (scores !== undefined) {
        const history = Array.from(own, (taken) => ({ item: taken, weight: 1 }));
        return assemble(partsByItemScores(item, scores, history), { named, isShown }, options);
      }
      const score = dot(matrixRows(weights.users, user, user + 1).data, embeddingOf(item));
      return assemble(byShares(open().users.ofUser(user), item, score), { named, isShown }, options);
    },
    ofHistory: (history, item, options) => {
      checkModel(run);
      if (history.length === 0) {
        throw new ConfigError(
          "the history is empty: who took nothing is recommended what is popular; give at least one item",
        );
      }
      if (scores !== undefined) return assemble(partsByItemScores(item, scores, history), { named, isShown }, options);
      const vector = foldIn.vector(history);
      if (vector.every((value) => value === 0)) {
        throw new ConfigError(
          `the history says nothing in run ${run.folder}, and who has it is recommended what is popular; give items that somebody trained with`,
        );
      }
      const score = dot(vector, embeddingOf(item));
      return assemble(byShares(open().users.ofHistory(history), item, score), { named, isShown }, options);
    },
  };
}
