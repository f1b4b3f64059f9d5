/**
 * Made-up titles and descriptions: words of two to five syllables whose frequency falls with their rank as in language, half of a text's words
 * from the topic of its item. Written as the item table of a dataset folder.
 */
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { openDatabase, sqlText } from "../../src/data/database.ts";
import { formatMark, writeDescription } from "../../src/data/native-description.ts";
import { createRandom, type Random } from "../../src/tensor/random.ts";

const consonants = "bcdfghjklmnprstvz";
const vowels = "aeiou";
const words = 60_000;
const topics = 400;
const topicWords = 60;
const titleWords = 6;
const descriptionWords = 24;

function makeWords(seed: number): readonly string[] {
  const random = createRandom(seed, "bench/words");
  return Array.from({ length: words }, () =>
    Array.from(
      { length: 2 + random.below(4) },
      () => consonants.charAt(random.below(consonants.length)) + vowels.charAt(random.below(vowels.length)),
    ).join(""),
  );
}

/** A rank whose chance is about proportional to 1 / rank²; u³ keeps the tail long without a logarithm. */
function frequentRank(random: Random): number {
  const u = random.uniform();
  return Math.floor(u * u * u * words);
}

function sentence(vocabulary: readonly string[], topic: number, count: number, random: Random): string {
  const chosen: string[] = [];
  for (let word = 0; word < count; word++) {
    const rank = random.below(2) === 0 ? (topic * topicWords + random.below(topicWords)) % words : frequentRank(random);
    chosen.push(vocabulary[rank] ?? "");
  }
  return chosen.join(" ");
}

/** Writes a dataset folder of `items` items with the columns title and description, and no interactions. */
export async function writeMadeUpTexts(folder: string, items: number, seed: number): Promise<void> {
  const vocabulary = makeWords(seed);
  const random = createRandom(seed, "bench/texts");
  const raw = join(folder, "items.tsv");
  mkdirSync(folder, { recursive: true });
  writeFileSync(raw, "");
  const out = createWriteStream(raw);
  out.write("item\ttitle\tdescription\n");
  for (let item = 0; item < items; ) {
    const lines: string[] = [];
    for (const end = Math.min(items, item + 1000); item < end; item++) {
      const topic = random.below(topics);
      const title = sentence(vocabulary, topic, titleWords, random);
      lines.push(`${item}\t${title}\t${sentence(vocabulary, topic, descriptionWords, random)}\n`);
    }
    if (!out.write(lines.join(""))) await new Promise<void>((settle) => out.once("drain", settle));
  }
  out.end();
  await finished(out);
  const database = await openDatabase();
  try {
    await database.run(
      `COPY (SELECT * FROM read_csv(${sqlText(raw)}, delim = '\t', header = true, all_varchar = true)) TO ${sqlText(join(folder, "items.parquet"))} (FORMAT parquet)`,
    );
  } finally {
    database.close();
  }
  rmSync(raw);
  writeDescription(folder, {
    ...formatMark,
    name: "made-up",
    users: 0,
    items,
    interactions: 0,
    modalities: [],
    preparation: {},
  });
}
