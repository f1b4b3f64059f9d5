/** Our own dataset folders: `dataset.json`, Parquet tables and npy matrices. The parts that other rooms work with. */
export { itemColumns, readItemColumn } from "./item-columns.ts";
export {
  type DatasetDescription,
  type EncoderNote,
  hasDescription,
  type ModalityDescription,
  readDatasetDescription,
  updateDescription,
  writeDescription,
} from "./native-description.ts";
export { addModality, type NewModality } from "./native-modalities.ts";
export { type NativeExtras, writeNativeDataset } from "./native-writer.ts";
