/**
 * What a shop says of an item, as the columns that the dataset's encoders were given: the title is the column `title`, categories are the column
 * `category` or `categories`, an attribute is the column of its name, and the text is every other column that the item has no attribute for.
 */
export interface ItemContent {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** What of an item the features of a modality are made of. */
export interface ModalitySource {
  readonly kind: "text" | "image";
  /** Of the dataset. */
  readonly columns: readonly string[];
}

/** The content alone of something that holds more. */
export const contentOf = ({ title, text, categories, attributes }: ItemContent): ItemContent => ({
  title,
  text,
  categories,
  attributes,
});

function attributeText(value: unknown): string {
  if (Array.isArray(value)) return value.map(attributeText).join(" ");
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** @returns a text a column, "" where the item has none; the text stands once, in the first column that is nothing else */
export function columnTexts(content: ItemContent, columns: readonly string[]): readonly string[] {
  const { title = "", text = "", categories = [], attributes = {} } = content;
  let textStands = false;
  return columns.map((column) => {
    if (Object.hasOwn(attributes, column)) return attributeText(attributes[column]);
    const name = column.toLowerCase();
    if (name === "title") return title;
    if (name === "category" || name === "categories") return categories.join(" ");
    if (textStands) return "";
    textStands = true;
    return text;
  });
}
