/** `latticework fetch`: downloads a public collection, goes on where it was interrupted, and checks what came. */
import path from "node:path";
import { Argument, type Command } from "commander";
import { createLogUpdate } from "log-update";
import type { DownloadProgress } from "../preparation/amazon/download.ts";
import {
  type AmazonCategory,
  amazonAddress,
  amazonCategories,
  type FetchedFile,
  fetchAmazon,
} from "../preparation/amazon/fetch-amazon.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";
import { bytesText, durationText } from "./wording.ts";

interface FetchFlags {
  readonly out: string;
  readonly address?: string;
  readonly images: boolean;
  readonly quiet?: boolean;
}

export function addFetch(program: Command, terminal: Terminal): void {
  program
    .command("fetch")
    .summary("download a public collection")
    .description(
      "Downloads the reviews, metadata and image features of a category of the Amazon 2014 collection, ready for latticework prepare.",
    )
    .addArgument(new Argument("<collection>", "which collection").choices(["amazon-2014"]))
    .addArgument(new Argument("<category>", "which category").choices(Object.keys(amazonCategories)))
    .requiredOption("--out <folder>", "folder to write")
    .option("--address <url>", "where the files are, or a copy of them", amazonAddress)
    .option("--no-images", "without the image features, the largest file by far")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework fetch amazon-2014 baby --out raw/baby
  latticework fetch amazon-2014 sports --out raw/sports --no-images
  latticework fetch amazon-2014 baby --out raw/baby --address https://data.example.org/amazon

An address holds the files side by side, or in the folders of the published collection. A SHA256SUMS file there is believed.
Ctrl-C keeps what has come; the same command goes on from there.`,
    )
    .action((_collection: string, category: AmazonCategory, flags: FetchFlags) =>
      fetchCollection(category, flags, terminal),
    );
}

async function fetchCollection(category: AmazonCategory, flags: FetchFlags, terminal: Terminal): Promise<void> {
  const speaks = flags.quiet !== true;
  const view = downloadView(terminal, speaks);
  const interruption = watchInterruption(
    terminal,
    () => undefined, // said once it has stopped, below
  );
  try {
    const fetched = await fetchAmazon({
      category,
      out: flags.out,
      address: flags.address,
      images: flags.images,
      signal: interruption.signal,
      onProgress: view.onProgress,
      onNotice: view.tell,
      onFile: (file) => view.tell(fileText(file)),
    });
    view.end();
    const bytes = fetched.reduce((sum, file) => sum + file.bytes, 0);
    if (speaks)
      terminal.print(
        `${fetched.length} files, ${bytesText(bytes)}. Go on with:\n  latticework prepare ${flags.out} --out DATASET`,
      );
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new Interrupted(`Stopped; what has come is kept in ${flags.out}. The same command goes on from there.`);
  } finally {
    view.end();
    interruption.dispose();
  }
}

function fileText({ file, bytes, outcome, verified }: FetchedFile): string {
  const what = outcome === "there" ? "was there" : "downloaded";
  return `${path.basename(file)}  ${bytesText(bytes)}  ${what}${verified ? ", checksum right" : ""}`;
}

interface DownloadView {
  onProgress(file: string, progress: DownloadProgress): void;
  tell(text: string): void;
  end(): void;
}

/** A live line on a screen; elsewhere a line every ten seconds. */
function downloadView(terminal: Terminal, speaks: boolean): DownloadView {
  const live = speaks && terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  let current = { file: "", since: 0, from: 0 };
  let drawnAt = performance.now();
  return {
    onProgress: (file, progress) => {
      if (!speaks) return;
      const now = performance.now();
      if (current.file !== file || current.from !== progress.resumedFrom)
        current = { file, since: now, from: progress.resumedFrom };
      if (now - drawnAt < (live === undefined ? plainMilliseconds : liveMilliseconds)) return;
      drawnAt = now;
      const line = downloadLine(file, progress, (now - current.since) / 1000).slice(0, terminal.columns - 1);
      if (live === undefined) terminal.tell(line);
      else live(line);
    },
    tell: (text) => {
      if (!speaks) return;
      live?.clear();
      terminal.tell(text);
    },
    end: () => live?.clear(),
  };
}

const liveMilliseconds = 100;
const plainMilliseconds = 10_000;

/** `meta_Baby.json.gz  12 MB of 40 MB (30 %)  4 MB/s  ≈ 7 s left` */
function downloadLine(file: string, { bytes, total, resumedFrom }: DownloadProgress, seconds: number): string {
  const rate = seconds > 0 ? (bytes - resumedFrom) / seconds : 0;
  const parts = [
    file,
    total === undefined
      ? bytesText(bytes)
      : `${bytesText(bytes)} of ${bytesText(total)} (${Math.floor((100 * bytes) / total)} %)`,
    rate > 0 ? `${bytesText(rate)}/s` : "",
    rate > 0 && total !== undefined && seconds > 1 ? `≈ ${durationText((total - bytes) / rate)} left` : "",
  ];
  return parts.filter((part) => part !== "").join("  ");
}
