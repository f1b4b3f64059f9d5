/** The room's door: datasets from folders, from memory and made up, and what they are made of. */
export { writeFileAtomically } from "./atomic-file.ts";
export type * from "./dataset.ts";
export { type DatasetLayout, datasetLayouts, exportDataset } from "./export-dataset.ts";
export { type Activity, type DatasetInspection, inspectDataset, type ModalityInspection } from "./inspect-dataset.ts";
export { formatInspection } from "./inspection-text.ts";
export { createDataset, type DatasetInput, type InteractionPairs, type ModalityInput } from "./memory-dataset.ts";
export type { ModalityHealth } from "./modality-health.ts";
export * from "./native-layout.ts";
export { openNpy, readNpyFloats, readNpyIntegers, writeNpy } from "./npy.ts";
export type { InspectOptions, PreferenceLift, SharedUsers, Verdict } from "./preference-lift.ts";
export { type ReadDatasetOptions, readDataset } from "./read-dataset.ts";
export { type SyntheticSize, syntheticDataset, writeSyntheticDataset } from "./synthetic.ts";
export { type IndexLayout, writeDataset } from "./write-dataset.ts";
