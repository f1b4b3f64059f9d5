/** Categories as the shop says them, else as the dataset of the run does. */
import type { ItemCategories } from "../../recommender/rules/categories.ts";

export function livingCategories() {
  const own = new Map<string, readonly string[]>();
  let before: ItemCategories | undefined;
  let changes = 0;
  const source: ItemCategories = {
    of: (id) => own.get(id) ?? before?.of(id) ?? [],
    get changes() {
      return changes;
    },
  };
  return {
    source,
    ofDataset: (found: ItemCategories): void => {
      before = found;
      changes++;
    },
    set: (id: string, categories: readonly string[]): void => {
      own.set(id, categories);
      changes++;
    },
  };
}
