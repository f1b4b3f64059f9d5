/**
 * The text of an item as the paper composes it, in two readings. The paper: categories, title, brand, description, with a space between. The
 * released script: each category and a space, then title, the title again where there is a brand, and the description, with nothing
 * between them, and one space before everything.
 */

export interface TextParts {
  /** Paths of categories, from general to special, e.g. [["Baby", "Nursery", "Bedding"]]. */
  readonly categories: readonly (readonly string[])[];
  readonly title?: string | undefined;
  readonly brand?: string | undefined;
  readonly description?: string | undefined;
}

/** One line, without blanks at its ends; "" for an item that says nothing. */
export function itemText({ categories, title, brand, description }: TextParts): string {
  return [...categories.flat(), title ?? "", brand ?? "", description ?? ""]
    .map((part) => part.replace(/\s+/g, " ").trim())
    .filter((part) => part !== "")
    .join(" ");
}

/** Character by character what the released script hands to its encoder, for an item that has metadata. */
export function releasedItemText({ categories, title, brand, description }: TextParts): string {
  const parts = categories.flat().map((category) => `${category} `);
  const brandOrTitle = brand === undefined ? "" : (title ?? "");
  return ` ${parts.join("")}${title ?? ""}${brandOrTitle}${description ?? ""}`.replaceAll("\n", " ");
}
