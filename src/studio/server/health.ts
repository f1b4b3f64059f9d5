/** The health of a run's dataset, as `latticework inspect` finds it: looked at when it is asked for, since features have to be read. */
import { inspectDataset, readDataset } from "../../data/index.ts";
import { openEngine } from "../../engine/open.ts";
import { DatasetError } from "../../errors.ts";
import type { Run } from "../../runs/open-run.ts";
import type { Health } from "../api.ts";

/** @param dataset folder, where it is not the one of the training @throws DatasetError when it cannot be read */
export async function inspectHealth({ config }: Pick<Run, "config">, dataset?: string): Promise<Health> {
  const folder = dataset ?? config.dataset.folder;
  if (folder === undefined)
    throw new DatasetError("the run was trained on a dataset in memory; there is no folder to look at");
  const engine = await openEngine({ threads: 1 });
  try {
    const found = inspectDataset(await readDataset(folder, { features: "report" }), engine);
    return {
      name: found.name,
      users: found.users,
      items: found.items,
      density: found.density,
      interactions: { ...found.interactions },
      modalities: found.modalities.map(({ name, health, missingItems, preference }) => ({
        name,
        ...(health === undefined ? {} : { columns: health.columns }),
        missing: missingItems,
        zeroRows: health?.zeroRows ?? 0,
        duplicateRows: health?.duplicateRows ?? 0,
        ...(preference.lift === undefined ? {} : { lift: preference.lift }),
        verdict: preference.verdict,
      })),
      warnings: found.warnings.map(({ message }) => message),
    };
  } finally {
    engine.close();
  }
}
