/**
 * The four kinds of failure a user can meet. Each message names its subject, what was found, what was expected and
 * what to do, e.g. `baby.inter line 42: itemID "x7" is not an integer; ids are 0-based item indices`.
 */

/** Common parent, so that a caller can tell our refusals from programming errors. */
export class LatticeworkError extends Error {
  override readonly name: string = "LatticeworkError";
}

/** A dataset (or a file of one) that cannot be used as it is. */
export class DatasetError extends LatticeworkError {
  override readonly name = "DatasetError";
}

/** An option with an unknown name or an impossible value, alone or for this dataset. */
export class ConfigError extends LatticeworkError {
  override readonly name = "ConfigError";
}

/** A run folder that is missing, unfinished, damaged, or of a newer format. */
export class RunError extends LatticeworkError {
  override readonly name = "RunError";
}

/** The engine cannot do what was asked: memory does not suffice, an array is foreign, a kernel is missing. */
export class EngineError extends LatticeworkError {
  override readonly name = "EngineError";
}
