/** What an explanation says: a score in parts that add up to it. Ids are outside ids; every number is a part of the score, except cosines. */

/** A way in which two items are alike. */
export interface Likeness {
  /** Absent where items are alike by who took them. */
  readonly modality?: string | undefined;
  /** Of LATTICE and FREEDOM: by raw features, or by what was learned of them. */
  readonly graph?: "initial" | "learned" | undefined;
  readonly cosine: number;
  readonly contribution: number;
}

export interface NamedItem {
  readonly id: string;
  readonly title?: string | undefined;
}

/** A neighbour of the explained item in the item graph. */
export interface ExplainedNeighbour extends NamedItem {
  readonly contribution: number;
  /** In the user's history. */
  readonly taken: boolean;
  /** Their contributions sum to the neighbour's. */
  readonly likenesses: readonly Likeness[];
}

/** Parts of the score: backbone + graph = contribution. */
export interface ScoreParts {
  readonly contribution: number;
  /** What was learned from who took what. */
  readonly backbone: number;
  /** What comes over items that are alike. */
  readonly graph: number;
}

/** An item of the history, with all that it contributes. */
export interface Reason extends NamedItem, ScoreParts {
  /** What it contributes as a neighbour of the explained item, part of `graph`; 0 for others. */
  readonly direct: number;
  /** How it is a neighbour; contributions sum to `direct`. */
  readonly likenesses: readonly Likeness[];
  /** The neighbours that it speaks for most, at most three: users who take the one take the other. Part of `graph` less `direct`. */
  readonly through: readonly (NamedItem & {
    readonly contribution: number;
    readonly likenesses: readonly Likeness[];
  })[];
  /** The reason in a sentence of English. */
  readonly sentence: string;
}

export interface Explanation extends ScoreParts {
  readonly item: NamedItem;
  /** The model's score; `contribution` is the same number as the sum of its parts, but for rounding. */
  readonly score: number;
  /** Best first: items that are themselves neighbours of the explained one, then the others, each by contribution. */
  readonly reasons: readonly Reason[];
  /** Reasons beyond `count`, and hidden items of the history. */
  readonly others: ScoreParts & { readonly items: number };
  /** What no item of the history carries: the user's own vector, over the backbone and over neighbours outside the history. */
  readonly own: ScoreParts;
  /** Every neighbour in the item graph, largest contribution first; they sum to `graph` unless some are hidden. Empty for models without an item graph of features. */
  readonly neighbours: readonly ExplainedNeighbour[];
}

export interface ExplainOptions {
  /** Reasons to list; default: all. What the others contribute stands in `others`. */
  readonly count?: number | undefined;
}
