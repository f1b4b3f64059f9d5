/** The room's door: from raw interactions and items to a dataset folder. */
export { type PrepareOptions, type SplitMethod, splitMethods } from "./options.ts";
export { prepareDataset } from "./prepare-dataset.ts";
export { formatPreparation, type PreparationReport } from "./report.ts";
export type { ColumnChoice, PreparationProgress, Source, StagedSource, StagingContext } from "./source.ts";
