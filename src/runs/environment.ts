/** Where a training runs: what `config.json` and the report say about the machine and the versions. */
import fs from "node:fs";
import { z } from "zod";
import type { Engine } from "../engine/engine.ts";
import type { RunEnvironment } from "./run-format.ts";

/** The version of this package, of its package.json. */
export const packageVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8"))).version;

export function describeEnvironment(engine: Engine): RunEnvironment {
  return {
    latticework: packageVersion,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    engine: engine.name,
    precision: engine.precision,
    threads: engine.threads,
  };
}
