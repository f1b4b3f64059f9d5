/**
 * Latticework's public API: datasets, training, evaluation, runs and recommendations. Re-exports only; each thing is
 * documented where it is made.
 *
 * @packageDocumentation
 */

export { type ComparisonRequest, compareModels } from "./comparison/compare.ts";
export { type Comparison, readComparison } from "./comparison/comparison-format.ts";
export { type Contender, type ContenderRequest, chooseContenders } from "./comparison/contenders.ts";
export { type LeaderboardRequest, type LeaderboardRow, leaderboard } from "./comparison/leaderboard.ts";
export type { EpochMessage, TrainingMessage } from "./comparison/training-task.ts";
export type { ComparisonEvent, Training } from "./comparison/trainings.ts";
export type { Database } from "./data/database.ts";
export type {
  Dataset,
  DatasetWarning,
  FeatureSource,
  Interactions,
  Modality,
  NeighbourFile,
  Split,
} from "./data/dataset.ts";
export {
  type Activity,
  addModality,
  createDataset,
  type DatasetDescription,
  type DatasetInput,
  type DatasetInspection,
  type DatasetLayout,
  type EncoderNote,
  exportDataset,
  formatInspection,
  type IndexLayout,
  type InspectOptions,
  type InteractionPairs,
  inspectDataset,
  itemColumns,
  type ModalityDescription,
  type ModalityHealth,
  type ModalityInput,
  type ModalityInspection,
  type NativeExtras,
  type NewModality,
  type PreferenceLift,
  type ReadDatasetOptions,
  readDataset,
  readDatasetDescription,
  readItemColumn,
  type SharedUsers,
  type SyntheticSize,
  syntheticDataset,
  type Verdict,
  writeDataset,
  writeNativeDataset,
} from "./data/index.ts";
export type {
  AdamOptions,
  BprLoss,
  BprTriples,
  ChosenRows,
  Engine,
  EngineOptions,
  Floats,
  Ints,
  LogisticCurve,
  Matrix,
  MemoryReport,
  NeighbourLists,
  Pattern,
  SparseMatrix,
} from "./engine/engine.ts";
export { openEngine } from "./engine/open.ts";
export { createReferenceEngine } from "./engine/reference.ts";
export { ConfigError, DatasetError, EngineError, LatticeworkError, RunError } from "./errors.ts";
/** Figures of single ranked lists: recall, precision, NDCG and the others, for anyone's own rankings. */
export * as metrics from "./evaluation/metrics.ts";
export type { ListListener } from "./evaluation/user-figures.ts";
export {
  type EncodeDatasetRequest,
  type EncodingProgress,
  type EncodingReport,
  EncodingStopped,
  encodeDataset,
} from "./features/encode-dataset.ts";
export type { CorpusEncoder, EncodedItem, Encoder, ItemEncoder, Missing } from "./features/encoder.ts";
export { createImageEncoder, type ImageEncoderOptions } from "./features/image/open-image-encoder.ts";
export type { ItemTableFile } from "./features/item-table.ts";
export type { MissingReason } from "./features/missing-report.ts";
export { createNeuralEncoder } from "./features/neural/open-neural-encoder.ts";
export {
  type Device,
  type Dtype,
  devices as neuralDevices,
  dtypes as neuralDtypes,
  type ModelProgress,
  type NeuralEncoderOptions,
  type NeuralKind,
} from "./features/neural/options.ts";
export {
  type ClassicTextEncoder,
  createTextEncoder,
  type TextEncoderOptions,
  type Texts,
} from "./features/text/open-text-encoder.ts";
export { type BackboneName, backboneNames, type ModelName, modelNames } from "./models/configuration.ts";
export type { GraphEvidence } from "./models/graph-evidence.ts";
export { type AmazonOptions, amazonSource } from "./preparation/amazon/amazon-source.ts";
export type { DownloadProgress } from "./preparation/amazon/download.ts";
export {
  type AmazonCategory,
  amazonCategories,
  type FetchAmazonOptions,
  type FetchedFile,
  fetchAmazon,
} from "./preparation/amazon/fetch-amazon.ts";
export type { MissingImages } from "./preparation/amazon/image-modality.ts";
export type { CatalogueCounts } from "./preparation/catalogue.ts";
export type { ItemsFile } from "./preparation/file-source.ts";
export {
  type ColumnChoice,
  datasetSource,
  type FileSourceOptions,
  fileSource,
  formatPreparation,
  type PostgresSourceOptions,
  type PreparationProgress,
  type PreparationReport,
  type PrepareOptions,
  postgresSource,
  prepareDataset,
  recogniseSource,
  type Source as PreparationSource,
  type SourceRequest,
  type SplitMethod,
  type SqliteSourceOptions,
  type StagedSource,
  type StagingContext,
  splitMethods,
  sqliteSource,
} from "./preparation/index.ts";
export type { EventWeight } from "./preparation/options.ts";
export type { QueriedItems, QueryOptions } from "./preparation/query-rows.ts";
export type { ItemColumns } from "./preparation/raw-views.ts";
export type { SplitSizes } from "./preparation/splits.ts";
export type { Dropped, DropReason } from "./preparation/staged-rows.ts";
export type { WeightRange } from "./preparation/write-tables.ts";
export {
  type Boosts,
  type CategoryMap,
  type CategorySource,
  type ExplainedNeighbour,
  type ExplainOptions,
  type Explanation,
  type HistoryItem,
  type ItemCategories,
  type ItemIndexOptions,
  type KnownItem,
  type KnownUser,
  type Likeness,
  type ListRules,
  type NamedItem,
  type NewItem,
  type OpenRecommenderOptions,
  type OutputFormat,
  openRecommender,
  type Reason,
  type Recommendations,
  type RecommendedItem,
  type RecommendedList,
  type Recommender,
  type RecommendForOptions,
  type RecommendOptions,
  type ScoreParts,
  type SimilarOptions,
  writeRecommendations,
} from "./recommender/index.ts";
export { type EvaluateRunOptions, evaluateRun } from "./runs/evaluate-run.ts";
export { type ExportedFile, exportRun } from "./runs/export-run.ts";
export { openRun, type Run } from "./runs/open-run.ts";
export type { DatasetSummary, RunConfig, RunEnvironment, RunIds, RunMetrics } from "./runs/run-format.ts";
export { InterruptedError, type TrainRunRequest as TrainRequest, trainRun as train } from "./runs/train-run.ts";
export type { WarmStart } from "./runs/warm-start.ts";
export type { RunWeights, StoredItemGraph } from "./runs/weights.ts";
export type { Choice, Dimension, Range, SettingValue } from "./sweep/dimension.ts";
export type { Proposal } from "./sweep/search.ts";
export type { Setting } from "./sweep/setting.ts";
export { parseSpace, readSpace, type Space } from "./sweep/space.ts";
export { runSweep, type SweepOutcome } from "./sweep/sweep.ts";
export {
  type SearchMethod,
  type Sweep,
  type SweepPlan,
  type SweepResult,
  searchMethods,
} from "./sweep/sweep-format.ts";
export type { SweepEvent, SweepRequest } from "./sweep/sweep-request.ts";
export type { TrialProgress } from "./sweep/train-trial.ts";
export type { TrialOutcome, TrialRecord } from "./sweep/trial.ts";
export type { TrainingOptions, TrainingOptionsInput } from "./training/configuration.ts";
export type { EpochRecord, MetricTable, TrainingEvent } from "./training/events.ts";
export { type OptionKey, type OptionKind, optionKeys } from "./training/option-keys.ts";
export { parseTrainingOptions } from "./training/parse-options.ts";
