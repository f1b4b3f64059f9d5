/** From columns to a modality: missing items, several columns, stopping and going on, every layout, and what is refused. */
import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { openDatabase, sqlText } from "../data/database.ts";
import { withFolder } from "../data/folders.fixture.ts";
import { createDataset, readDataset } from "../data/index.ts";
import { readDatasetDescription, writeNativeDataset } from "../data/native-layout.ts";
import { type EncodeDatasetRequest, EncodingStopped, encodeDataset } from "./encode-dataset.ts";
import type { EncodedItem, ItemEncoder } from "./encoder.ts";
import { createTextEncoder } from "./text/open-text-encoder.ts";

const titles = ["red shirt", "", "blue shirt", "broken", "red scarf", "nothing", "blue scarf", "green shirt"];
const items = titles.length;

/** A dataset of our own layout whose items have a title, an empty brand and a note with awkward characters. */
async function nativeFolder(folder: string): Promise<void> {
  const dataset = createDataset({
    name: "shop",
    itemIds: titles.map((_, item) => `id\t"${item}" ☂`),
    userIds: ["ada", "bo"],
    interactions: { train: [0, 2, 4, 6].flatMap((item) => [[0, item] as const, [1, item + 1] as const]) },
  });
  await writeNativeDataset(folder, dataset);
  const file = path.join(folder, "items.parquet");
  const database = await openDatabase();
  try {
    const cases = titles.map((title, item) => `WHEN ${item} THEN ${title === "" ? "NULL" : sqlText(title)}`).join(" ");
    await database.run(
      `CREATE TABLE t AS SELECT item, CASE row_number() OVER () - 1 ${cases} END AS title, NULL::VARCHAR AS brand, 'note ' || item AS note FROM read_parquet(${sqlText(file)})`,
    );
    await database.run(`COPY t TO ${sqlText(file)} (FORMAT parquet)`);
  } finally {
    database.close();
  }
}

/** Length and first letter of a text; "broken" has none, "nothing" gives zeros. */
function letterEncoder(batchSize = 2): ItemEncoder & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    kind: "item",
    name: "letters",
    settings: { version: 1 },
    columns: 2,
    batchSize,
    seen,
    encode: async (inputs) => {
      seen.push(...inputs);
      return inputs.map((text): EncodedItem => {
        if (text === "broken") return { missing: `file "${text}" is broken` };
        return text === "nothing" ? new Float32Array(2) : Float32Array.of(text.length, text.charCodeAt(0));
      });
    },
    close: async () => {},
  };
}

const request = (folder: string, more: Partial<EncodeDatasetRequest> = {}): EncodeDatasetRequest => ({
  folder,
  modality: "text",
  column: "title",
  encoder: letterEncoder(),
  ...more,
});

let folder = "";
const inNative = (body: () => Promise<void>) => () =>
  withFolder({}, async (made) => {
    folder = made;
    await nativeFolder(made);
    await body();
  });
beforeEach(() => {
  folder = "";
});

async function textModality(): Promise<{ readonly rows: readonly number[][]; readonly missing: readonly number[] }> {
  const dataset = await readDataset(folder);
  const modality = dataset.modalities.find(({ name }) => name === "text");
  const { features, missing } = modality ?? {};
  if (features === undefined) throw new Error("no text features");
  const rows = Array.from({ length: features.rows }, (_, item) => {
    const row = new Float32Array(features.columns);
    features.read(item, item + 1, row);
    return [...row];
  });
  return { rows, missing: [...(missing ?? [])] };
}

const partial = (): string => path.join(folder, ".text.partial");

describe("items that cannot be encoded", () => {
  test(
    "are marked missing, counted by reason and listed with their ids",
    inNative(async () => {
      const report = await encodeDataset(request(folder));
      expect(report).toMatchObject({ items, encoded: 5, columns: 2, resumedAt: 0 });
      expect(report.missing.map(({ reason, count }) => [reason, count])).toEqual([
        ["the column is empty", 1],
        ['file "…" is broken', 1],
        ["the encoder found nothing in it (a row of zeros)", 1],
      ]);
      expect(report.files).toEqual(["text.npy", "text_missing.npy", "text_missing.csv"]);
      const list = fs.readFileSync(path.join(folder, "text_missing.csv"), "utf8");
      expect(list.split("\n").slice(0, 3)).toEqual([
        "index,item,reason",
        '1,"id\t""1"" ☂",the column is empty',
        '3,"id\t""3"" ☂","file ""broken"" is broken"',
      ]);
      const { rows, missing } = await textModality();
      expect(missing).toEqual([1, 3, 5]);
      expect(rows[0]).toEqual([9, 114]);
      expect(rows[3]).toEqual([0, 0]);
      expect(readDatasetDescription(folder).modalities).toEqual([
        {
          name: "text",
          columns: 2,
          missing: 3,
          encoder: { name: "letters", settings: { version: 1, columns: "title" } },
        },
      ]);
    }),
  );

  test(
    "all of them: refused, and the dataset is as before",
    inNative(async () => {
      const before = fs.readdirSync(folder).sort();
      await expect(encodeDataset(request(folder, { column: "brand" }))).rejects.toThrow(
        "modality text: none of the 8 items could be encoded (8 times: the column is empty); nothing was written",
      );
      expect(fs.readdirSync(folder).sort()).toEqual(before);
    }),
  );
});

test(
  "several columns are one text, empty ones left out",
  inNative(async () => {
    const encoder = letterEncoder();
    await encodeDataset(request(folder, { column: ["title", "brand", "note"], encoder }));
    expect(encoder.seen[0]).toBe('red shirt\nnote id\t"0" ☂');
    expect(encoder.seen[1]).toBe('note id\t"1" ☂');
  }),
);

describe("stopping", () => {
  test.each([1, 2, 3, 5])("an encoder that fails at its text %i: a later call goes on to the same bytes", (at) =>
    withFolder({}, async (made) => {
      folder = made;
      await nativeFolder(made);
      await encodeDataset(request(folder));
      const whole = fs.readFileSync(path.join(folder, "text.npy"));
      const failing = letterEncoder();
      const { encode } = failing;
      let calls = 0;
      const encoder: ItemEncoder = {
        ...failing,
        encode: async (inputs) => {
          if (++calls === at) throw new Error("pulled the plug");
          return encode(inputs);
        },
      };
      const again = request(folder, { force: true });
      if (at <= 4) {
        await expect(encodeDataset({ ...again, encoder })).rejects.toThrow("pulled the plug");
        expect(fs.readFileSync(path.join(folder, "text.npy")).equals(whole)).toBe(true);
      }
      const rest = letterEncoder();
      const report = await encodeDataset({ ...again, encoder: rest });
      expect(report.resumedAt).toBe(at <= 4 ? (at - 1) * 2 : 0);
      expect(rest.seen.length).toBe(titles.slice(report.resumedAt).filter((title) => title !== "").length);
      expect(fs.readFileSync(path.join(folder, "text.npy")).equals(whole)).toBe(true);
      expect(report.encoded).toBe(5);
      expect(fs.existsSync(partial())).toBe(false);
    }),
  );

  test(
    "by the signal: after the batch at hand, and other settings begin anew",
    inNative(async () => {
      const controller = new AbortController();
      const stopped = encodeDataset(
        request(folder, {
          signal: controller.signal,
          onProgress: ({ items: done }) => {
            if (done === 4) controller.abort();
          },
        }),
      );
      await expect(stopped).rejects.toThrow(EncodingStopped);
      await expect(stopped).rejects.toThrow("stopped after 4 of 8 items; the same call goes on from there");
      expect(readDatasetDescription(folder).modalities).toEqual([]);
      const other = { ...letterEncoder(), settings: { version: 2 } };
      const report = await encodeDataset(request(folder, { encoder: other }));
      expect(report.resumedAt).toBe(0);
    }),
  );

  test(
    "of an encoder that reads everything first: nothing changes",
    inNative(async () => {
      const before = fs.readdirSync(folder).sort();
      const controller = new AbortController();
      const stopped = encodeDataset(
        request(folder, {
          encoder: createTextEncoder({ size: 4, threads: 1 }),
          signal: controller.signal,
          onProgress: ({ share }) => {
            if (share > 0.6) controller.abort();
          },
        }),
      );
      await expect(stopped).rejects.toThrow("encoding text stopped; nothing was changed");
      expect(fs.readdirSync(folder).sort()).toEqual(before);
    }),
  );
});

describe("refused", () => {
  test(
    "an unknown column, with the nearest",
    inNative(async () => {
      await expect(encodeDataset(request(folder, { column: "titel" }))).rejects.toThrow(
        'items.parquet has no column "titel"; found title, brand, note. Did you mean "title"?',
      );
    }),
  );

  test(
    "a modality that is there, unless forced",
    inNative(async () => {
      await encodeDataset(request(folder));
      await expect(encodeDataset(request(folder))).rejects.toThrow(/has a modality "text" already.*--force/);
      expect((await encodeDataset(request(folder, { force: true }))).encoded).toBe(5);
    }),
  );

  test(
    "no columns at all, and names that can be no files",
    inNative(async () => {
      await expect(encodeDataset(request(folder, { column: [] }))).rejects.toThrow("needs at least one column");
      await expect(encodeDataset(request(folder, { modality: "../text" }))).rejects.toThrow("cannot be a file name");
    }),
  );
});

describe("an .inter dataset with a table beside it", () => {
  const inter = "userID\titemID\tx_label\n0\t0\t0\n0\t1\t0\n1\t2\t0\n1\t3\t1\n";
  const table =
    'itemID\ttitle\tabout\n2\tblue shirt\tlong\n0\t"red ""big"" shirt"\tshort\n9\tunknown\t-\n3\tred scarf\t\n';

  test("takes texts by item id, whatever their order, and lists what it does not know", async () => {
    await withFolder({ "shop.inter": inter, "item_text.tsv": table }, async (made) => {
      folder = made;
      const encoder = letterEncoder();
      const report = await encodeDataset(request(folder, { encoder }));
      expect(encoder.seen).toEqual(['red "big" shirt', "blue shirt", "red scarf"]);
      expect(report.files).toEqual(["text_feat.npy", "text_missing.npy", "text_missing.csv"]);
      expect((await textModality()).missing).toEqual([1]);
      expect(fs.readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
    });
  });

  test("takes any table and id column, and titles of items.json", async () => {
    const lines = '{"sku": "0", "name": "a shirt"}\n{"sku": "1", "name": "b"}\n{"sku": "2", "name": "c"}\n';
    const files = { "shop.inter": inter, "goods.jsonl": lines, "items.json": '{"0": "zero", "3": "three"}' };
    await withFolder(files, async (made) => {
      folder = made;
      const goods = path.join(folder, "goods.jsonl");
      const first = letterEncoder();
      await encodeDataset(request(folder, { column: "name", encoder: first, items: { file: goods, idColumn: "sku" } }));
      expect(first.seen).toEqual(["a shirt", "b", "c"]);
      const second = letterEncoder();
      await encodeDataset(request(folder, { encoder: second, force: true }));
      expect(second.seen).toEqual(["zero", "three"]);
    });
  });

  test.each([
    [{}, {}, /has no table of items \(item_text.tsv or items.json\); name one/],
    [{}, { file: "missing.tsv" }, /item table .*missing.tsv does not exist/],
    [{ "goods.xls": "x" }, { file: "goods.xls" }, /ends in ".xls"; expected .tsv, .csv/],
    [
      { "goods.csv": "name,price\na,1\n" },
      { file: "goods.csv" },
      /no column that looks like an item id; found name, price/,
    ],
    [
      { "goods.csv": "id,price\na7,1\n" },
      { file: "goods.csv" },
      /knows none of the dataset's 4 items by its column id/,
    ],
    [
      { "goods.csv": "id,price\n1,1\n" },
      { file: "goods.csv", idColumn: "sku" },
      /has no column "sku"; found id, price/,
    ],
  ] as const)("refuses %o with %o", async (files, items, message) => {
    await withFolder({ "shop.inter": inter, ...files }, async (made) => {
      const file = "file" in items ? path.join(made, items.file) : undefined;
      await expect(encodeDataset(request(made, { items: { ...items, file } }))).rejects.toThrow(message);
    });
  });
});
