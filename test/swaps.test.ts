/** The model of a service is swapped while ten connections send requests without a pause: none fails, and each list is of one version. The benchmark does a hundred. */
import { expect, test } from "vitest";
import { swapUnderLoad } from "../bench/swaps/swap-under-load.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

test("twenty swaps under load", async () => {
  const { swaps, requests, perVersion, faults } = await swapUnderLoad({ folder, swaps: 20, connections: 10 });
  expect(faults).toEqual([]);
  expect(swaps).toBe(20);
  expect(perVersion[0] + perVersion[1]).toBe(requests);
  expect(Math.min(...perVersion)).toBeGreaterThan(0);
}, 600_000);
