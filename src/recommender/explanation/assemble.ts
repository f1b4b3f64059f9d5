/** Parts of a score, by item index, put together as an explanation: named, in order, cut to the reasons that are wanted, with the rest summed. */
import { ConfigError } from "../../errors.ts";
import type {
  ExplainedNeighbour,
  ExplainOptions,
  Explanation,
  Likeness,
  NamedItem,
  Reason,
  ScoreParts,
} from "./explanation.ts";
import { reasonSentence } from "./reason-text.ts";

/** A neighbour with what it contributes, whoever speaks for it. */
export interface Contributor {
  readonly item: number;
  readonly contribution: number;
  readonly likenesses: readonly Likeness[];
}

export interface ReasonParts {
  readonly item: number;
  readonly backbone: number;
  /** What it contributes as a neighbour, and how. */
  readonly direct: number;
  readonly likenesses: readonly Likeness[];
  /** What it contributes over neighbours outside the history. */
  readonly through: readonly Contributor[];
}

export interface ExplanationParts {
  readonly item: number;
  readonly score: number;
  readonly reasons: readonly ReasonParts[];
  readonly own: { readonly backbone: number; readonly graph: number };
  readonly neighbours: readonly Contributor[];
}

const neighboursShown = 3;

const totalOf = (parts: readonly { readonly contribution: number }[]): number =>
  parts.reduce((sum, { contribution }) => sum + contribution, 0);

const bestFirst = (a: Contributor, b: Contributor): number => b.contribution - a.contribution || a.item - b.item;

const ordered = (likenesses: readonly Likeness[]): readonly Likeness[] =>
  likenesses.toSorted((a, b) => b.contribution - a.contribution);

/** backbone and graph, and their sum. */
const partsOf = (backbone: number, graph: number): ScoreParts => ({ contribution: backbone + graph, backbone, graph });

function checkCount(count: number | undefined): number {
  if (count === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new ConfigError(`count: found ${count}, expected an integer of at least 1`);
}

/** Items as they are known outside. */
export interface ItemNames {
  readonly named: (item: number) => NamedItem;
  /** Whether an item may be named; what others contribute is summed without a name. */
  readonly isShown: (item: number) => boolean;
}

export function assemble(
  { item, score, reasons, own, neighbours }: ExplanationParts,
  { named, isShown }: ItemNames,
  options: ExplainOptions,
): Explanation {
  const count = checkCount(options.count);
  const explained = named(item);
  const taken = new Set(reasons.map((reason) => reason.item));
  const inOrder = reasons
    .map((reason) => ({ ...reason, ...partsOf(reason.backbone, reason.direct + totalOf(reason.through)) }))
    .filter(({ contribution, likenesses }) => contribution !== 0 || likenesses.length > 0)
    .sort((a, b) => Number(b.direct > 0) - Number(a.direct > 0) || bestFirst(a, b));
  const nameable = inOrder.filter((reason) => isShown(reason.item));
  const shown = nameable.slice(0, count).map(({ item: own, contribution, backbone, graph, ...reason }): Reason => {
    const through = reason.through.filter((part) => part.contribution > 0 && isShown(part.item)).sort(bestFirst);
    const whole = {
      ...named(own),
      contribution,
      backbone,
      graph,
      direct: reason.direct,
      likenesses: ordered(reason.likenesses),
      through: through.slice(0, neighboursShown).map((part) => ({
        ...named(part.item),
        contribution: part.contribution,
        likenesses: ordered(part.likenesses),
      })),
    };
    return { ...whole, sentence: reasonSentence(explained, whole) };
  });
  const rest = [...nameable.slice(count), ...inOrder.filter((reason) => !isShown(reason.item))];
  const sumOf = (part: "backbone" | "graph"): number => inOrder.reduce((sum, reason) => sum + reason[part], own[part]);
  const restOf = (part: "backbone" | "graph"): number => rest.reduce((sum, reason) => sum + reason[part], 0);
  return {
    item: explained,
    score,
    ...partsOf(sumOf("backbone"), sumOf("graph")),
    reasons: shown,
    others: { items: rest.length, ...partsOf(restOf("backbone"), restOf("graph")) },
    own: partsOf(own.backbone, own.graph),
    neighbours: neighbours
      .filter((part) => isShown(part.item))
      .toSorted(bestFirst)
      .map(
        ({ item: neighbour, contribution, likenesses }): ExplainedNeighbour => ({
          ...named(neighbour),
          contribution,
          taken: taken.has(neighbour),
          likenesses: ordered(likenesses),
        }),
      ),
  };
}
