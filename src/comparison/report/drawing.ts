/** A drawing of Observable Plot as inline SVG, made without a browser and told in words for those who cannot see it. Colours are CSS variables of the page. */
import { type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface DrawingWords {
  readonly title: string;
  /** One sentence: what it shows, from where to where. */
  readonly description: string;
}

/** Contenders are told apart by words; colour repeats after five. */
export const seriesColour = (index: number): string => `var(--series-${(index % 5) + 1})`;

/** Room for labels of this many letters at the drawing's size of type, in its units. */
export const labelWidth = (labels: readonly string[]): number =>
  14 + 7.2 * Math.max(0, ...labels.map((label) => label.length));

/** @returns an `<svg>` element with title and description, as text */
export function draw(options: Omit<PlotOptions, "document" | "style">, { title, description }: DrawingWords): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const style = { fontSize: "13px", fontFamily: "inherit", background: "none", color: "inherit" };
  const drawn = plot({ ...options, document, style });
  drawn.setAttribute("role", "img");
  const label = (name: string, content: string): void => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.textContent = content;
    drawn.insertBefore(element, drawn.firstChild);
  };
  label("desc", description);
  label("title", title);
  return drawn.outerHTML;
}
