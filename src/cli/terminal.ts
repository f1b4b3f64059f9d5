/**
 * Where a command writes: results as lines on standard output, everything else (progress, notices, errors) on standard
 * error, so that `latticework … > file` and `latticework … | head` get results only.
 */
import pc from "picocolors";

type Colours = ReturnType<typeof pc.createColors>;

export interface Terminal {
  /** A line (or block) of results on standard output. */
  print(text: string): void;
  /** Text of results as it is, lines ended. */
  write(text: string): void;
  /** A line for people on standard error. */
  tell(text: string): void;
  /** Standard error is a screen: a live line may be drawn there. */
  readonly live: boolean;
  /** Standard output is a screen: somebody sits there and reads it. */
  readonly outputIsScreen: boolean;
  /** Columns of the screen; 100 where there is none. */
  readonly columns: number;
  /** Colours of standard error; plain text where it is no screen or NO_COLOR is set. */
  readonly colours: Colours;
  /** True when the reader of standard output has gone away (`| head`): what is written is dropped. */
  readerIsGone(): boolean;
  /** Calls `listener` once when that happens. */
  onReaderGone(listener: () => void): void;
}

function coloursFor(stream: NodeJS.WriteStream): Colours {
  return pc.createColors(stream.isTTY === true && process.env.NO_COLOR === undefined && process.env.TERM !== "dumb");
}

/** The terminal of this process. When the reader of standard output goes away, what is printed later is dropped. */
export function processTerminal(): Terminal {
  let readerGone = false;
  const listeners: (() => void)[] = [];
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (readerGone) return;
    readerGone = true;
    for (const listener of listeners) listener();
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const write = (text: string): void => {
    if (!readerGone) process.stdout.write(text);
  };
  return {
    print: (text) => write(`${text}\n`),
    write,
    readerIsGone: () => readerGone,
    tell: (text) => {
      process.stderr.write(`${text}\n`);
    },
    live: process.stderr.isTTY === true && process.stderr.rows > 0 && process.env.TERM !== "dumb",
    outputIsScreen: process.stdout.isTTY === true,
    columns: process.stderr.columns || 100,
    colours: coloursFor(process.stderr),
    onReaderGone: (listener) => {
      listeners.push(listener);
    },
  };
}
