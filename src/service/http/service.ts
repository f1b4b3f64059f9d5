/** What the routes work on. */

import type { KeyChecker } from "../access/api-keys.ts";
import type { AnswerCache } from "../living/answer-cache.ts";
import type { LivingModel } from "../living/living-model.ts";
import type { Store } from "../store/store.ts";

/** Trains a version anew; absent where this service does not. */
export interface Retraining {
  /** Begins one, unless one is under way. @returns false then */
  begin(): Promise<boolean>;
}

export interface Service {
  readonly store: Store;
  readonly living: LivingModel;
  readonly keys: KeyChecker;
  readonly answers: AnswerCache;
  readonly retraining?: Retraining | undefined;
  readonly now: () => number;
  /** Bytes of a bulk body, at most. */
  readonly mostImportBytes: number;
  /** Whether this process takes requests; false once it is asked to stop. */
  readonly isOpen: () => boolean;
}
