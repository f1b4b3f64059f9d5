/**
 * The waist between mathematics and speed: about forty operations on flat arrays. Everything above speaks of
 * matrices, graphs and tapes; everything below speaks of memory. An engine is added by implementing this table and
 * passing `engine.conformance.ts`, nothing else.
 *
 * Contract for every operation: arguments are arrays of this engine (see `floats`, `ints`); `out` never overlaps an
 * input unless the operation says so; results are byte-identical for any number of threads; shapes are the caller's
 * promise, checked where the check is cheap, and a broken promise is an `EngineError`.
 */

export type Floats = Float32Array | Float64Array;
export type Ints = Int32Array;

/** rows × columns, row-major, contiguous. A range of rows is again a matrix (`subarray` of the data). */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Floats;
}

/**
 * The positions of a sparse matrix in compressed rows: the entries of row i are positions rowPointers[i] up to
 * rowPointers[i + 1], with ascending columns inside a row.
 */
export interface Pattern {
  readonly rows: number;
  readonly columns: number;
  /** rows + 1 offsets. */
  readonly rowPointers: Ints;
  /** One column an entry. */
  readonly columnIndices: Ints;
}

/**
 * A sparse matrix: entry p = (i, j) is rowScale[i] · values[p] · columnScale[j]; whatever is absent counts as 1. So the
 * normalised user–item graph D^-1 Ã needs a pattern and one scale a row, and its transpose is the same pattern
 * with that scale on the columns.
 */
export interface SparseMatrix extends Pattern {
  readonly values?: Floats | undefined;
  readonly rowScale?: Floats | undefined;
  readonly columnScale?: Floats | undefined;
}

/** The k best candidates of each row so far, best first: larger value first, equal values by smaller index. */
export interface NeighbourLists {
  readonly rows: number;
  readonly k: number;
  /** rows × k candidate indices; -1 where a row has fewer than k candidates. */
  readonly indices: Ints;
  /** rows × k cosines (or scores); 0 where the index is -1. */
  readonly values: Floats;
}

/** Rows of a longer matrix, which may repeat, or differences of two: row t is of[rows[t]], less of[minus[t]] where there is `minus`. */
export interface ChosenRows {
  readonly of: Matrix;
  readonly rows: Ints;
  readonly minus?: Ints | undefined;
}

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 in the first update of this parameter. */
  readonly step: number;
}

/** Triples of a batch: slots (row numbers) into the gathered user matrix and the gathered item matrix. */
export interface BprTriples {
  readonly users: Ints;
  readonly positives: Ints;
  readonly negatives: Ints;
}

export interface BprLoss {
  /** mean over the triples of −log σ(ŷ_ui − ŷ_uj). */
  readonly ranking: number;
  /** regularisation · ½ (Σ‖x̂_u‖² + Σ‖x̂_i‖² + Σ‖x̂_j‖²) / batchSize, summed over the triples. */
  readonly regularisation: number;
}

export interface MemoryReport {
  /** Bytes taken from the system by this engine. */
  readonly reserved: number;
  /** Bytes in use by long-lived arrays. */
  readonly inUse: number;
  /** Largest number of bytes that the temporaries of one step took. */
  readonly arenaPeak: number;
  /** Most bytes the engine can ever hold. */
  readonly limit: number;
}

export interface Engine {
  readonly name: "wasm" | "reference";
  readonly precision: "float32" | "float64";
  readonly threads: number;

  // ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** A zero-filled array of the engine's precision: long-lived, or a temporary when called inside `step`. @throws EngineError when memory does not suffice: what, how much, what to change. With "anything" its contents are arbitrary: for what is overwritten at once. */
  floats(length: number, contents?: "zeros" | "anything"): Floats;
  /** As `floats`, of int32. */
  ints(length: number, contents?: "zeros" | "anything"): Ints;
  /** Gives a long-lived array back (a no-op for temporaries). The array must not be used afterwards. */
  release(array: Floats | Ints): void;
  /** Runs `body`; arrays allocated within are temporaries, given back when it returns or throws. Does not nest. */
  step<T>(body: () => T): T;
  /** Inside `step`: runs `body` with long-lived allocation, for what must outlast the step. */
  keep<T>(body: () => T): T;
  memory(): MemoryReport;
  /** Stops threads and drops memory. */
  close(): void;

  // ── dense ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** out = a · b, or out += a · b. (m × k)(k × n). */
  multiply(a: Matrix, b: Matrix, out: Matrix, accumulate?: boolean): void;
  /** out = a · bᵀ + bias (a row, broadcast), or accumulated. (m × k)(n × k). */
  multiplyTransposed(
    a: Matrix,
    b: Matrix,
    out: Matrix,
    options?: { readonly bias?: Floats; readonly accumulate?: boolean },
  ): void;
  /** out = aᵀ · b, or accumulated. (m × k)ᵀ(m × n) → k × n; for weight gradients: m is long, k and n may be short or long. */
  transposedMultiply(a: Matrix, b: Matrix, out: Matrix, accumulate?: boolean): void;
  /** out = x · bᵀ + bias (a row, broadcast): the chosen rows, which are never written out. */
  multiplyChosen(x: ChosenRows, b: Matrix, out: Matrix, bias?: Floats): void;
  /** out = aᵀ · x, or accumulated: gradient of `multiplyChosen` with respect to b. */
  transposedMultiplyChosen(a: Matrix, x: ChosenRows, out: Matrix, accumulate?: boolean): void;
  /** out[j] = Σ_i a[i, j], or accumulated. */
  columnSums(a: Matrix, out: Floats, accumulate?: boolean): void;
  /** norms[i] = max(‖x_i‖₂, 1e-12); out_i = x_i / norms[i]. `out` may be `x`. */
  normaliseRows(x: Matrix, out: Matrix, norms: Floats): void;
  /** Gradient of normaliseRows: into_i (+)= (g_i − (g_i · y_i) y_i) / norms[i], with y the normalised rows; where the norm was clamped, g_i / norms[i]. */
  normaliseRowsGradient(y: Matrix, norms: Floats, gradient: Matrix, into: Matrix, accumulate: boolean): void;

  // ── neighbours ────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Offers every pair (row of a, row of b) by cosine to the lists. Row i of `a` is item aOffset + i, likewise `b`. A pair is
   * offered to both of its items, computed once; an item is a candidate of its own (cosine 1). When `a` and `b` are
   * the same block (same data, same offset) each unordered pair counts once. A zero row is nobody's candidate and gets none.
   * Dot products of one pair are the same number in whatever blocks they are computed. `lists` go on from what they hold:
   * the caller starts them with every index -1 and every value 0.
   */
  cosineTopK(a: Matrix, aOffset: number, b: Matrix, bOffset: number, lists: NeighbourLists): void;
  /**
   * Full ranking: for each row u of `users`, the k best rows of `items` by dot product, leaving out the columns listed for
   * row maskRows[u] of `mask` (no mask: nothing left out; no maskRows: row u). Ties by smaller index. `lists` are
   * overwritten, whatever they held.
   */
  rankItems(
    users: Matrix,
    items: Matrix,
    mask: Pattern | undefined,
    maskRows: Ints | undefined,
    lists: NeighbourLists,
  ): void;

  // ── sparse ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** out = s · x, or accumulated. */
  spmm(s: SparseMatrix, x: Matrix, out: Matrix, accumulate?: boolean): void;
  /** out[t] = (s · x)[rows[t]], or accumulated. */
  spmmRows(s: SparseMatrix, x: Matrix, rows: Ints, out: Matrix, accumulate?: boolean): void;
  /**
   * out = s · y, or accumulated, where y is row-sparse: row j of y is row slots[j] of x, or zero when slots[j] = -1.
   * Its use is the transpose of `spmmRows`: pass the transposed sparse matrix. Writes all rows of `out`.
   */
  spmmFromRows(s: SparseMatrix, x: Matrix, slots: Ints, out: Matrix, accumulate?: boolean): void;
  /** Gradient of a sparse matrix's values: out[p] (+)= left_i · right_j for the entry p = (i, j). With `slots`, row i of left is row slots[i] of `left`, zero when -1. */
  sampledProduct(
    pattern: Pattern,
    left: Matrix,
    right: Matrix,
    out: Floats,
    options?: { readonly slots?: Ints; readonly accumulate?: boolean },
  ): void;
  /** out[i] = Σ of values over row i. */
  rowSums(pattern: Pattern, values: Floats, out: Floats): void;
  /**
   * scale[i] = (row sum of values)^-½, or 0 where the sum is not positive; out[p] = scale[i] · values[p] · scale[j]. Square pattern.
   */
  symmetricNormalise(pattern: Pattern, values: Floats, scale: Floats, out: Floats): void;
  /**
   * Gradient of symmetricNormalise with the dependence of the row sums: into[p] (+)= scale_i scale_j g_p − ½ scale_i³ · t_i,
   * t_i = Σ over row i of g_p v_p scale_j + Σ over column i of g_q v_q scale_row(q). `transpose` lists the same entries by column:
   * its entry q is entry order[q] of `pattern`.
   */
  symmetricNormaliseGradient(
    pattern: Pattern,
    values: Floats,
    scale: Floats,
    transpose: Pattern,
    order: Ints,
    gradient: Floats,
    into: Floats,
    accumulate: boolean,
  ): void;
  /** out[positions[p]] += weight · values[p]; positions are distinct, -1 is skipped. */
  scatterAddValues(values: Floats, positions: Ints, weight: number, out: Floats): void;
  /** out[p] = weight · from[positions[p]] (0 where -1), or accumulated. */
  gatherValues(from: Floats, positions: Ints, weight: number, out: Floats, accumulate?: boolean): void;

  // ── rows and elements ─────────────────────────────────────────────────────────────────────────────────────────
  /** out[t] = weight · x[rows[t]], or accumulated. */
  gatherRows(x: Matrix, rows: Ints, weight: number, out: Matrix, accumulate?: boolean): void;
  /** out[rows[t]] += weight · x[t], in the order of t; rows may repeat. */
  scatterAddRows(x: Matrix, rows: Ints, weight: number, out: Matrix): void;
  /** out[i, to + j] = x[i, from + j] for `count` columns j, or accumulated. */
  copyColumns(x: Matrix, from: number, out: Matrix, to: number, count: number, accumulate?: boolean): void;
  fill(out: Floats, value: number): void;
  /** out = alpha · x (accumulate: out += alpha · x). `out` may be `x`. */
  scale(alpha: number, x: Floats, out: Floats, accumulate?: boolean): void;
  /** out = a ∘ b, or accumulated. `out` may be `a` or `b` when not accumulating. */
  multiplyElements(a: Floats, b: Floats, out: Floats, accumulate?: boolean): void;
  dot(a: Floats, b: Floats): number;
  /** out = x where x > 0, slope · x elsewhere. `out` may be `x`. */
  leakyRelu(x: Floats, slope: number, out: Floats): void;
  /** into (+)= g · (x > 0 ? 1 : slope), x the input of leakyRelu. */
  leakyReluGradient(x: Floats, gradient: Floats, slope: number, into: Floats, accumulate: boolean): void;
  /** Where x > out: out = x, and winners = which. So the largest of several arrays is found with who has it; of equal ones the first keeps it. */
  keepLarger(x: Floats, which: number, out: Floats, winners: Ints): void;
  /** into (+)= g where winners = which, 0 elsewhere. */
  winnersGradient(gradient: Floats, winners: Ints, which: number, into: Floats, accumulate: boolean): void;
  /**
   * out[e] (+)= x[e] / (1 − rate) where element e is kept, 0 where dropped. Kept or dropped depends on (key, e) alone
   * (`dropoutKeeps` of `dropout.ts`), so the same call on a gradient is its own gradient. `out` may be `x` when not accumulating.
   */
  dropout(x: Floats, rate: number, key: number, out: Floats, accumulate: boolean): void;

  // ── smooth functions ──────────────────────────────────────────────────────────────────────────────────────────
  /** out = base + height / (1 + e^(−steepness x)): σ with (1, 1, 0), tanh with (2, 2, −1). `out` may be `x`. */
  logistic(x: Floats, curve: LogisticCurve, out: Floats): void;
  /** into (+)= g ∘ height · steepness · s (1 − s), s = (y − base) / height, y the output of logistic. */
  logisticGradient(y: Floats, curve: LogisticCurve, gradient: Floats, into: Floats, accumulate: boolean): void;
  /**
   * out_ij = e^(sharpness (x_ij − largest_i)) / totals_i, largest_i = max_j x_ij and totals_i the sum of the numerators. −∞ has no share; a row
   * holds at least one finite number. sharpness > 0.
   */
  softmaxRows(x: Matrix, sharpness: number, out: Matrix, largest: Floats, totals: Floats): void;
  /** into_i (+)= sharpness · y_i ∘ (g_i − g_i · y_i), y the output of softmaxRows. */
  softmaxRowsGradient(y: Matrix, sharpness: number, gradient: Matrix, into: Matrix, accumulate: boolean): void;
  /** Softmax over the entries of each row: out[p] = e^values[p] / Σ over the row of p. −∞ has no share; a row of nothing else gets zeros. */
  softmaxEntries(pattern: Pattern, values: Floats, out: Floats): void;
  /** into[p] (+)= y[p] (g[p] − Σ over the row of p of g ∘ y), y the output of softmaxEntries. */
  softmaxEntriesGradient(pattern: Pattern, y: Floats, gradient: Floats, into: Floats, accumulate: boolean): void;

  // ── learning ──────────────────────────────────────────────────────────────────────────────────────────────────
  /**
   * BPR loss over triples of slots with its gradient: writes (accumulates into) userGradient and itemGradient,
   * shaped as users and items. Slots may repeat. At least one triple. batchSize divides the regulariser (the mean of the ranking part is over the triples).
   */
  bpr(
    users: Matrix,
    items: Matrix,
    triples: BprTriples,
    regularisation: number,
    batchSize: number,
    userGradient: Matrix,
    itemGradient: Matrix,
  ): BprLoss;
  /**
   * Adam as in its paper (and PyTorch): m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², p −= lr · (m / (1−β₁^step)) / (√(v / (1−β₂^step)) + ε).
   * Bias corrections are computed in float64 by repeated multiplication, the same on every machine.
   */
  adam(parameter: Floats, gradient: Floats, firstMoment: Floats, secondMoment: Floats, options: AdamOptions): void;
}

/** base + height σ(steepness x). */
export interface LogisticCurve {
  readonly steepness: number;
  readonly height: number;
  readonly base: number;
}

/** How an engine is chosen. */
export interface EngineOptions {
  /** Threads that compute, the caller's included; default: the machine's processors. */
  readonly threads?: number;
}
