/** `report.html` of a comparison. */
import type { Comparison } from "../comparison-format.ts";

export function renderComparison(comparison: Comparison): string {
  return `<!doctype html><title>${comparison.dataset.name}</title>`;
}
