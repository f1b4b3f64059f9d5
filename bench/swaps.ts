/**
 * Whether the model of a service can be swapped under full load: ten connections send requests without a pause while one version takes over from
 * another a hundred times. Ends with 1 where a request fails or a list is of no single version.
 *
 *     npm run bench:swaps
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { checkedArguments } from "./measuring/arguments.ts";
import { swapUnderLoad } from "./swaps/swap-under-load.ts";

const usage = `Usage: npm run bench:swaps -- [options]
  --swaps 100
  --connections 10`;

const argumentsSchema = z.object({
  swaps: z.coerce.number().int().min(1).default(100),
  connections: z.coerce.number().int().min(1).default(10),
});

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { swaps: text, connections: text, help: { type: "boolean", short: "h" } } });
if (values.help === true) console.log(usage);
const checked = values.help === true ? undefined : checkedArguments(argumentsSchema, values);
if (checked !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), "latticework-swaps-"));
  const began = performance.now();
  try {
    const { swaps, requests, perVersion, faults } = await swapUnderLoad({
      ...checked,
      folder,
      onSwap: (done, sent) => {
        if (done % 10 === 0) console.log(`${done} swaps, ${sent} requests`);
      },
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const of = perVersion.join(" and ");
    console.log(
      `${swaps} swaps, ${requests} requests over ${checked.connections} connections (${of} of the two versions), ${faults.length} faults, ${seconds} s`,
    );
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
