/** A loaded model of any of the three kinds, as the encoder runs it. */
import type { EncodedItem } from "../encoder.ts";

export interface NeuralModel<Input> {
  /** What beside the model's name decides the values. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** An input that is run once, to see how wide the rows are. */
  readonly probe: Input;
  /** One row an input. */
  run(inputs: readonly Input[]): Promise<readonly EncodedItem[]>;
  dispose(): Promise<void>;
}
