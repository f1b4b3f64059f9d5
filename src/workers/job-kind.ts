/** What a worker can do: a kind of job, by the name that jobs of it carry. Whoever puts such jobs into the queue brings the kind that does them. */

export interface JobPlace {
  /** The dataset's folder on this machine. */
  readonly dataset: string;
  readonly threads: number;
  /** Empty, the job's own; removed when its files have been sent. */
  readonly folder: string;
}

export interface JobWatch {
  /** When aborted, the job is given up. */
  readonly signal: AbortSignal;
  /** Goes to the coordinator as JSON. */
  readonly onProgress: (progress: unknown) => void;
}

export interface FinishedJob {
  /** Goes to the coordinator as JSON. */
  readonly outcome: unknown;
  /** What it came to, for the worker's log: `ends trial 3 with 0.0845`. */
  readonly summary: string;
  /** Where it is asked for again it is done anew: nobody is helped by a failure that is remembered. */
  readonly isFailure?: boolean | undefined;
  /** Files of the job's folder that go to the coordinator too, in this order. */
  readonly files?: readonly string[] | undefined;
}

/** What this machine cannot do while another may: it is handed back, and goes to another. */
export interface UnfitJob {
  /** `it has too little memory for trial 3`: in the same words each time. */
  readonly refused: string;
  /** What stands behind that, with figures that may change. */
  readonly details: string;
}

export interface OpenedJob {
  /** `trial 3` */
  readonly title: string;
  /** @returns undefined when the signal ended it */
  run(place: JobPlace, watch: JobWatch): Promise<FinishedJob | UnfitJob | undefined>;
}

export interface JobKind {
  readonly kind: string;
  /** @throws ZodError for what is no task of this kind */
  open(task: unknown): OpenedJob;
}
