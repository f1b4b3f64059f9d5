/** The tables that the speed benchmark prints, as Markdown. */
import { availableParallelism } from "node:os";
import { gigabytes, markdownTable, median, spread } from "../measuring/figures.ts";
import type { Result } from "./ours.ts";
import { type PeerName, type PeerResult, peerTitles } from "./peers.ts";

/** What one thread count measured, over all rounds. */
export interface Measured {
  readonly threads: number;
  readonly ours: Result[];
  readonly peers: Map<PeerName, PeerResult[]>;
  /** Load averages of the minute before each turn, which includes this benchmark's own threads. */
  readonly loads: number[];
}

const threadCount = (threads: number): string => `${threads} ${threads === 1 ? "thread" : "threads"}`;

function epochTable({ threads, ours, peers, loads }: Measured): string {
  const own = ours.flatMap((result) => result.epochSeconds);
  const line = (title: string, epochs: number[], cpu: number[], graph: number[], peak: number[]): string[] => [
    title,
    spread(epochs, 2),
    (median(epochs) / median(own)).toFixed(1),
    (Math.min(...epochs) / Math.min(...own)).toFixed(1),
    spread(cpu, 2),
    spread(graph, 1),
    gigabytes(Math.max(...peak)),
  ];
  return [
    `Training, ${threadCount(threads)}; ` +
      `load average before the turns ${spread(loads, 1)} on ${availableParallelism()} CPUs:`,
    "",
    markdownTable(
      ["", "s/epoch", "times ours (medians)", "times ours (leasts)", "CPU s/epoch", "initial graphs, s", "peak memory"],
      [
        line(
          "Latticework",
          own,
          ours.flatMap((result) => result.epochCpuSeconds),
          ours.map((result) => result.graphSeconds),
          ours.map((result) => result.trainingPeakBytes),
        ),
        ...[...peers].map(([name, results]) =>
          line(
            peerTitles[name],
            results.flatMap((result) => result.epochSeconds),
            results.flatMap((result) => result.epochCpuSeconds),
            results.map((result) => result.graphSeconds),
            results.map((result) => result.trainingPeakBytes),
          ),
        ),
      ],
    ),
    "",
  ].join("\n");
}

function partsTable({ ours, peers }: Measured): string {
  const rest = ours.flatMap((result) =>
    result.epochSeconds.map(
      (seconds, epoch) => seconds - (result.buildSeconds[epoch] ?? 0) - (result.ordinarySeconds[epoch] ?? 0),
    ),
  );
  return [
    "Parts of an epoch, seconds (ours: loss and gradient apart from sampling and Adam; PyTorch: whole steps):",
    "",
    markdownTable(
      ["", "step that builds the graph", "the other steps", "sampling and Adam"],
      [
        [
          "Latticework",
          spread(
            ours.flatMap((result) => result.buildSeconds),
            3,
          ),
          spread(
            ours.flatMap((result) => result.ordinarySeconds),
            3,
          ),
          spread(rest, 3),
        ],
        ...[...peers].map(([name, results]) => [
          peerTitles[name],
          spread(
            results.flatMap((result) => result.buildSeconds),
            3,
          ),
          spread(
            results.map((result) => result.stepSeconds * (result.stepsPerEpoch - 1)),
            3,
          ),
          "",
        ]),
      ],
    ),
    "",
  ].join("\n");
}

function evaluationTable({ ours, peers }: Measured): string {
  const own = ours.flatMap((result) => result.evaluationSeconds);
  const torch = [...peers.values()].flat().flatMap(({ evaluation }) => (evaluation === null ? [] : [evaluation]));
  const rows: [string, number[]][] = [
    ["Latticework: training items left out, best 20, all figures", own],
    ["PyTorch: score products alone", torch.flatMap((result) => result.productsSeconds)],
    ["PyTorch: score products alone, into one buffer", torch.flatMap((result) => result.bufferedProductsSeconds)],
    ["PyTorch: training items left out, best 20", torch.flatMap((result) => result.rankingSeconds)],
  ];
  return [
    "Full ranking of all users, seconds:",
    "",
    markdownTable(
      ["", "seconds", "ours / this"],
      rows
        .filter(([, seconds]) => seconds.length > 0)
        .map(([title, seconds]) => [title, spread(seconds, 3), (median(own) / median(seconds)).toFixed(2)]),
    ),
    "",
  ].join("\n");
}

/** Epochs beside the peers', the parts of an epoch, and evaluation, at one thread count. */
export function speedTables(measured: Measured): string {
  return [epochTable, partsTable, evaluationTable].map((table) => table(measured)).join("\n");
}

/** Where an epoch of ours goes, by engine operation, from a profiled run. */
export function profileTable(result: Pick<Result, "epochSeconds" | "operations">, threads: number): string {
  const epochs = result.epochSeconds.length;
  const total = result.epochSeconds.reduce((sum, seconds) => sum + seconds, 0);
  const inOperations = result.operations.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = (seconds: number): string[] => [
    ((seconds / epochs) * 1000).toFixed(1),
    `${((seconds / total) * 100).toFixed(1)} %`,
  ];
  return [
    `Where our epoch goes, ${threadCount(threads)}:`,
    "",
    markdownTable(
      ["engine operation", "calls an epoch", "ms an epoch", "share"],
      [
        ...result.operations
          .toSorted((a, b) => b.seconds - a.seconds)
          .map(({ operation, calls, seconds }) => [operation, (calls / epochs).toFixed(0), ...share(seconds)]),
        ["outside operations", "", ...share(total - inOperations)],
      ],
    ),
    "",
  ].join("\n");
}
