/**
 * The staging contract: whatever a catalogue comes from (a file, a database, a dataset folder, a public collection), a `Source` puts
 * it before the preparation as tables or views of one database, typed and named the same way. Everything after that (filters,
 * k-core, splits, the written dataset) is the same for all sources.
 *
 * `stage` makes, in the main schema:
 *
 *     raw_interactions  user VARCHAR, item VARCHAR, rating DOUBLE, time BIGINT (ms since 1970), event VARCHAR
 *                       [, weight DOUBLE][, dislike BOOLEAN]       NULL where unknown; a column nobody has is all NULL
 *     raw_items         item VARCHAR, then any columns              optional
 *     raw_user_order    user VARCHAR, position INTEGER              optional: users of an index order to be kept
 *     raw_item_order    item VARCHAR, position INTEGER              optional: items of an index order to be kept
 *
 * Rows are as they come: empty or NULL ids, repeated pairs and repeated items are allowed and are counted later. A view is
 * better than a table wherever the rows can be read again, so that nothing is copied. Names that begin with `prepared_` belong to the steps
 * that follow.
 */
import type { Database } from "../data/database.ts";
import type { LatticeworkError } from "../errors.ts";
import type { SplitMethod } from "./options.ts";

/** Where a preparation is. */
export interface PreparationProgress {
  /** What is being done, e.g. "k-core". */
  readonly step: string;
  /** Of that step, 0 to 1, where it is known. */
  readonly share?: number | undefined;
  /** Rows handled so far, where they are counted. */
  readonly rows?: number | undefined;
}

export interface StagingContext {
  readonly database: Database;
  readonly onProgress: (progress: PreparationProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Which column plays which part. */
export interface ColumnChoice {
  readonly table: "interactions" | "items";
  readonly role: "user" | "item" | "rating" | "time" | "event" | "title";
  readonly column: string;
  /** Nobody named it: it was recognised by its name. */
  readonly guessed: boolean;
}

/** What a source put in place. It is printed, and kept in the dataset's description. */
export interface StagedSource {
  /** What was read, a line each, e.g. `orders.csv: CSV separated by ";", 5 columns`. */
  readonly read: readonly string[];
  readonly columns: readonly ColumnChoice[];
  /** How the time was written, e.g. "seconds since 1970"; absent: there is none. */
  readonly time?: string | undefined;
  readonly hasItems: boolean;
  readonly hasRatings: boolean;
  readonly hasTimes: boolean;
  readonly hasEvents: boolean;
  /** Anything else worth saying. */
  readonly notes: readonly string[];
  /** How what was read had itself been prepared. */
  readonly earlier?: Readonly<Record<string, unknown>> | undefined;
  /** Below which folder the picture paths of `raw_items` lie, absolute. */
  readonly imageFolder?: string | undefined;
  /**
   * Reading raw tables failed later, in a step: what was it, in the source's own words (file, row, value)?
   * Undefined: not this source's fault.
   */
  readonly diagnose?: ((error: unknown) => Promise<LatticeworkError | undefined>) | undefined;
  /**
   * Called with the new dataset's folder when everything but its modalities is written, before it takes its name: adds
   * modalities. Tables `prepared_users(user_index, user)` and `prepared_items(item_index, item)` tell the indices.
   * @returns what is worth saying about them
   */
  readonly addModalities?: ((folder: string) => Promise<readonly string[]>) | undefined;
}

export interface Source {
  /** Name of the dataset unless another is given. */
  readonly name: string;
  /** How this collection is split where no method is asked for. Default: as `SplitOptions.method` says. */
  readonly usualSplit?: SplitMethod | undefined;
  /** @throws DatasetError or ConfigError naming the subject, what was found and what to do */
  stage(context: StagingContext): Promise<StagedSource>;
}
