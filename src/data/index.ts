/** The room's door: datasets from folders and from memory, and what they are made of. */
export type * from "./dataset.ts";
export { type ReadDatasetOptions, readDataset } from "./read-dataset.ts";
