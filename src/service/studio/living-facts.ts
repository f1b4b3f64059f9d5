/** What is said of items beyond their features: by the shop where it said something, else by the dataset that the model was trained on. */
import fs from "node:fs";
import { LatticeworkError } from "../../errors.ts";
import { type Fact, type ItemFacts, noItemFacts, openItemFacts } from "../../studio/server/item-facts.ts";
import { encoderOrigin } from "../living/encoder-origin.ts";
import type { ServedModel } from "../living/served-model.ts";
import type { AttributeValue, StoredItem } from "../store/store.ts";

const withoutDataset =
  "Pictures and categories of the training are missing, since this service cannot read the dataset any more. Where it moved, start it with --dataset.";

/** Of the dataset; that of a retrained version holds features alone, so the one that its items were first told in is read. Never fails. */
export async function openDatasetFacts({ recommender, datasetFolder }: ServedModel): Promise<ItemFacts> {
  const { run } = recommender;
  const { fingerprint } = run.config.dataset;
  try {
    const origin = datasetFolder === undefined ? undefined : encoderOrigin(datasetFolder, fingerprint).folder;
    const facts = await openItemFacts(run, origin);
    if (facts.imageFolder === undefined || fs.existsSync(facts.imageFolder)) return facts;
    const notice = "The folder with the dataset's pictures is gone, so its items are shown by their titles.";
    return { ...facts, imageFolder: undefined, pictureOf: () => undefined, notices: [...facts.notices, notice] };
  } catch (error) {
    if (error instanceof LatticeworkError) return noItemFacts(withoutDataset);
    throw error;
  }
}

const attributeText = (value: AttributeValue): string =>
  typeof value === "object" && value !== null ? value.join(", ") : value === null ? "" : String(value);

export function factsOfStored({ text = "", attributes, expiresAt }: StoredItem): readonly Fact[] {
  return [
    { name: "text", value: text },
    ...Object.entries(attributes).map(([name, value]) => ({ name, value: attributeText(value) })),
    ...(expiresAt === undefined ? [] : [{ name: "expires", value: new Date(expiresAt).toISOString() }]),
  ].filter(({ value }) => value !== "");
}
