/** Loads what trains only when a command trains: with its report's charts it takes longer to load than all the rest. */

export function loadTrainRun(): Promise<typeof import("../runs/train-run.ts")> {
  return import("../runs/train-run.ts");
}
