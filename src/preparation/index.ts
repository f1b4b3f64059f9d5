/** The room's door: from raw interactions and items to a dataset folder. */
export { datasetSource } from "./dataset-source.ts";
export { type FileSourceOptions, fileSource } from "./file-source.ts";
export { type PrepareOptions, type SplitMethod, splitMethods } from "./options.ts";
export { type PostgresSourceOptions, postgresSource } from "./postgres-source.ts";
export { prepareDataset } from "./prepare-dataset.ts";
export { recogniseSource, type SourceRequest } from "./recognise-source.ts";
export { formatPreparation, type PreparationReport } from "./report.ts";
export type { ColumnChoice, PreparationProgress, Source, StagedSource, StagingContext } from "./source.ts";
export { type SqliteSourceOptions, sqliteSource } from "./sqlite-source.ts";
