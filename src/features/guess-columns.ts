/** Which columns of a catalogue hold texts, and which the paths of pictures, told by their usual names. */

/** In the order in which their texts are joined: what names an item first, what tells about it last. */
const textNames: readonly RegExp[] = [
  /^(title|name|product_?name|item_?name|headline)$/i,
  /^(brand|manufacturer|artist|author|store)$/i,
  /^(categor(y|ies)|main_?category|genres?|tags?|keywords?)$/i,
  /^(features?|bullet_?points)$/i,
  /^(description|summary|abstract|text|body|about|plot)$/i,
];
const imageName = /^(image|img|picture|photo|cover|poster|thumbnail)s?(_?(path|file|file_?name|name))?$/i;

/** Text columns, the most telling first; none where no name is known. */
export function guessTextColumns(columns: readonly string[]): readonly string[] {
  return textNames.flatMap((pattern) => columns.filter((column) => pattern.test(column)));
}

/** The columns that may hold paths of pictures, in the order of the table. */
export function guessImageColumns(columns: readonly string[]): readonly string[] {
  return columns.filter((column) => imageName.test(column));
}

/** The first value that is not empty; undefined when there is none. */
export async function firstValue(pass: () => AsyncIterable<readonly string[]>): Promise<string | undefined> {
  for await (const values of pass()) {
    const found = values.find((value) => value.trim() !== "");
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a value is the address of a picture on the network rather than the path of a file. */
export const isAddress = (value: string): boolean => /^([a-z][a-z0-9+.-]+:)?\/\//i.test(value.trim());
