/** Colours that mean something: one a modality, the same in every view. */
const places = 5;

/** A CSS colour. @param modalities of the run, in its order */
export function modalityColour(modalities: readonly string[], modality: string): string {
  return `var(--series-${(Math.max(0, modalities.indexOf(modality)) % places) + 1})`;
}
