/** The table that the benchmark of all models prints, as Markdown. */
import { availableParallelism } from "node:os";
import type { ModelName } from "../../src/models/configuration.ts";
import { gigabytes, markdownTable, median, spread } from "../measuring/figures.ts";
import type { Result } from "./ours.ts";
import type { PeerTraining } from "./peers.ts";
import type { Training } from "./training.ts";

/** What one model measured, over all rounds. */
export interface Measured {
  readonly model: ModelName;
  readonly ours: Result[];
  /** None where it has no peer, or none was asked for. */
  readonly peers: PeerTraining[];
  /** Load averages of the minute before each turn, which includes this benchmark's own threads. */
  readonly loads: number[];
}

const epochsOf = (trainings: readonly Training[]): number[] => trainings.flatMap((training) => training.epochSeconds);
const cpuOf = (trainings: readonly Training[]): number[] => trainings.flatMap((training) => training.epochCpuSeconds);
const peakOf = (trainings: readonly Training[]): string =>
  trainings.length === 0 ? "–" : gigabytes(Math.max(...trainings.map(({ peakBytes }) => peakBytes)));

/** The peer's times over ours, of what `figure` makes of each. */
function ratio(own: readonly number[], peer: readonly number[], figure: (values: readonly number[]) => number): string {
  return peer.length === 0 ? "–" : (figure(peer) / figure(own)).toFixed(2);
}

const least = (values: readonly number[]): number => Math.min(...values);

export function modelsTable(measured: readonly Measured[], threads: number): string {
  const loads = measured.flatMap((one) => one.loads);
  const gigaflops = measured.flatMap(({ peers }) => peers.map((peer) => peer.gigaflops));
  return [
    `Training, ${threads} ${threads === 1 ? "thread" : "threads"}; ` +
      `load average before the turns ${spread(loads, 1)} on ${availableParallelism()} CPUs; ` +
      `a dense product in PyTorch reaches ${spread(gigaflops, 0)} GFLOP/s:`,
    "",
    markdownTable(
      [
        "model",
        "s/epoch",
        "PyTorch, s/epoch",
        "times ours (medians)",
        "times ours (leasts)",
        "CPU s/epoch",
        "PyTorch, CPU s/epoch",
        "peak memory",
        "PyTorch, peak memory",
      ],
      measured.map(({ model, ours, peers }) => {
        const [own, peer] = [epochsOf(ours), epochsOf(peers)];
        return [
          model,
          spread(own, 2),
          spread(peer, 2),
          ratio(own, peer, median),
          ratio(own, peer, least),
          spread(cpuOf(ours), 2),
          spread(cpuOf(peers), 2),
          peakOf(ours),
          peakOf(peers),
        ];
      }),
    ),
    "",
  ].join("\n");
}
