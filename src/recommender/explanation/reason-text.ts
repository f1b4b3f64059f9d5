/** A reason as a sentence: how the two items are alike, in the words of the modalities, or that the same users take both. */
import type { Likeness, NamedItem, Reason } from "./explanation.ts";

const named = ({ id, title }: NamedItem): string => (title === undefined || title === "" ? `item ${id}` : `“${title}”`);

/** `.83`; a 1 is `1`. */
export function cosineText(cosine: number): string {
  const text = cosine.toFixed(2);
  return text.replace(/^(-?)0\./, "$1.").replace(/\.00$/, "");
}

function waysOf(modality: string | undefined): string {
  if (modality === undefined) return "taken by the same users";
  if (/image|picture|photo|visual/i.test(modality)) return "looks alike";
  if (/text|title|description/i.test(modality)) return "described alike";
  return /audio|sound|music/i.test(modality) ? "sounds alike" : "alike";
}

/** `looks alike, by image .83; described alike, by text .61`: a modality once, by raw features where these join the items. */
function likenessText(likenesses: readonly Likeness[]): string {
  const byModality = Map.groupBy(likenesses, ({ modality }) => modality);
  const words = Array.from(byModality, ([modality, ways]) => {
    const { graph, cosine } = ways.find((way) => way.graph !== "learned") ?? ways[0];
    if (modality === undefined) return `${waysOf(modality)} ${cosineText(cosine)}`;
    return `${waysOf(modality)}, by ${graph === "learned" ? "what was learned of " : ""}${modality} ${cosineText(cosine)}`;
  });
  return words.join("; ");
}

/** @param explained the item that is recommended */
export function reasonSentence(explained: NamedItem, reason: Omit<Reason, "sentence">): string {
  const { id, contribution, direct, backbone, graph, likenesses, through } = reason;
  const it = named(reason);
  if (id === explained.id) return `${it} is in the history itself`;
  if (direct > 0) return `like ${it}: ${likenessText(likenesses)}`;
  if (contribution <= 0) return `${it} speaks against it`;
  const [first] = through;
  if (first !== undefined && first.id !== explained.id && graph - direct > backbone) {
    return `who takes ${it} takes ${named(first)}, which is like this: ${likenessText(first.likenesses)}`;
  }
  return `who takes ${it} takes this`;
}
