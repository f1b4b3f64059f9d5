/** HTML put together from text that cannot break out of it: interpolated values are escaped, pieces already escaped are not. */

/** A piece of HTML that is safe to insert as it is. */
export interface Markup {
  readonly html: string;
}

export const raw = (html: string): Markup => ({ html });

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

type Part = string | number | Markup | readonly Markup[];

function insert(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return part.replaceAll(/[&<>"']/g, (character) => entities.get(character) ?? "");
  if ("html" in part) return part.html;
  return part.map(({ html }) => html).join("");
}

export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return raw(strings.map((text, index) => (index === 0 ? text : insert(parts[index - 1] ?? "") + text)).join(""));
}
