import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "../errors.ts";
import { type Database, openDatabase, sqlText } from "./database.ts";
import { npyBytes, withFolder } from "./folders.fixture.ts";
import { createDataset, type DatasetInput } from "./memory-dataset.ts";
import {
  addModality,
  itemColumns,
  type NewModality,
  readDatasetDescription,
  readItemColumn,
  updateDescription,
  writeNativeDataset,
} from "./native-layout.ts";
import { type ReadDatasetOptions, readDataset } from "./read-dataset.ts";

const shop: DatasetInput = {
  name: "shop",
  userIds: ["ann\t1", "bob\n", "👩🏽‍🚀"],
  itemIds: ["hat", "shirt 'blue'", "__proto__", "boots"],
  itemTitles: ["Hat", "Shirt", "Scarf", "Boots"],
  interactions: {
    train: [
      [0, 0],
      [1, 2],
      [0, 3],
    ],
    validation: [[1, 1]],
    test: [[0, 1]],
  },
  dislikes: [[1, 3]],
  trainWeights: [1, 0.5, 2],
  modalities: [
    {
      name: "image",
      features: [
        [1, 2],
        [0, 0],
        [5, 6],
        [7, 8],
      ],
      missing: [1],
    },
  ],
};

let database: Database;
const written = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-"));
beforeAll(async () => {
  database = await openDatabase();
  await writeNativeDataset(written, createDataset(shop));
});
afterAll(() => {
  database.close();
  fs.rmSync(written, { recursive: true });
});

/** Writes the rows of a query in place of a table of the dataset. */
async function replaceTable(folder: string, name: string, query: string): Promise<void> {
  const file = path.join(folder, name);
  const scan = `read_parquet(${sqlText(file)})`;
  await database.run(`COPY (${query.replaceAll("SELF", scan)}) TO ${sqlText(`${file}.new`)} (FORMAT parquet)`);
  fs.renameSync(`${file}.new`, file);
}

async function inShop<T>(body: (folder: string) => Promise<T>): Promise<T> {
  return withFolder({}, async (root) => {
    const folder = path.join(root, "shop");
    fs.cpSync(written, folder, { recursive: true });
    return body(folder);
  });
}

async function refusal(
  damage: (folder: string) => Promise<void> | void,
  options?: ReadDatasetOptions,
): Promise<string> {
  return inShop(async (folder) => {
    await damage(folder);
    const outcome: unknown = await readDataset(folder, options).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(DatasetError);
    return outcome instanceof DatasetError ? outcome.message : "";
  });
}

describe("our own layout", () => {
  it("has tables that others can read, and a description", async () => {
    await inShop(async (folder) => {
      expect(fs.readdirSync(folder).sort()).toEqual([
        "dataset.json",
        "image.npy",
        "image_missing.npy",
        "interactions.parquet",
        "items.parquet",
        "users.parquet",
      ]);
      const rows = (name: string) => database.rows(`SELECT * FROM read_parquet(${sqlText(path.join(folder, name))})`);
      expect(await rows("users.parquet")).toEqual([{ user: "ann\t1" }, { user: "bob\n" }, { user: "👩🏽‍🚀" }]);
      expect((await rows("items.parquet"))[2]).toEqual({ item: "__proto__", title: "Scarf" });
      const row = (user: number, item: number, split: string, weight: number | null = null) => ({
        user: shop.userIds?.[user],
        item: shop.itemIds?.[item],
        user_index: user,
        item_index: item,
        split,
        weight,
      });
      expect(await rows("interactions.parquet")).toEqual([
        row(0, 0, "train", 1),
        row(0, 1, "test"),
        row(0, 3, "train", 2),
        row(1, 1, "validation"),
        row(1, 2, "train", 0.5),
        row(1, 3, "dislike"),
      ]);
      expect(readDatasetDescription(folder)).toEqual({
        format: "latticework-dataset",
        version: 1,
        name: "shop",
        users: 3,
        items: 4,
        interactions: 5,
        modalities: [{ name: "image", columns: 2, missing: 1, encoder: null }],
        preparation: {},
      });
    });
  });

  it("is read with weights, dislikes, missing items and titles, and warns about what is missing", async () => {
    await inShop(async (folder) => {
      const dataset = await readDataset(folder);
      expect(dataset.fingerprint).toBe(createDataset(shop).fingerprint);
      expect([...(dataset.trainWeights ?? [])]).toEqual([1, 2, 0.5]);
      expect([...(dataset.dislikes?.columnIndices ?? [])]).toEqual([3]);
      expect(dataset.itemTitles).toEqual(shop.itemTitles);
      expect(dataset.warnings.map(({ kind, count }) => [kind, count])).toEqual([
        ["users-without-training", 1],
        ["missing", 1],
      ]);
    });
  });

  it("does not overwrite a dataset", async () => {
    await inShop(async (folder) => {
      await expect(writeNativeDataset(folder, createDataset(shop))).rejects.toThrow("holds a dataset already");
    });
  });

  it("takes further columns of items and interactions along", async () => {
    await inShop(async (folder) => {
      await replaceTable(folder, "items.parquet", "SELECT *, 'of ' || item AS brand FROM SELF");
      await replaceTable(folder, "interactions.parquet", "SELECT *, item_index * 1.5 AS rating FROM SELF");
      const copy = path.join(folder, "copy");
      await writeNativeDataset(copy, await readDataset(folder), { columnsFrom: folder });
      const tables = ["items.parquet", "interactions.parquet"].map((name) => [
        path.join(folder, name),
        path.join(copy, name),
      ]);
      for (const [from, to] of tables) {
        const [before, after] = [from, to].map((file) => database.rows(`SELECT * FROM read_parquet(${sqlText(file)})`));
        expect(await after).toEqual(await before);
      }
    });
  });

  it("refuses ids that are no text", async () => {
    const dataset = createDataset({ ...shop, userIds: ["a", "b", "\ud83d"] });
    await withFolder({}, async (folder) => {
      await expect(writeNativeDataset(folder, dataset)).rejects.toThrow('user 2 has the id "\\ud83d"');
      expect(fs.readdirSync(folder)).toEqual([]);
    });
  });
});

describe("a damaged folder is refused", () => {
  const cut = (name: string) => (folder: string) => {
    const file = path.join(folder, name);
    fs.truncateSync(file, fs.statSync(file).size - 20);
  };
  const change = (name: string, query: string) => (folder: string) => replaceTable(folder, name, query);
  const put = (name: string, content: string | Uint8Array) => (folder: string) =>
    fs.writeFileSync(path.join(folder, name), content);
  const missing = (...items: number[]) =>
    put("image_missing.npy", npyBytes({ shape: [items.length], data: Int32Array.from(items) }));
  const remove = (name: string) => (folder: string) => fs.rmSync(path.join(folder, name));

  it.each<[string, (folder: string) => Promise<void> | void, string]>([
    ["a missing table", remove("items.parquet"), "items.parquet is missing, expected users.parquet, items.parquet and"],
    ["a cut table", cut("users.parquet"), "users.parquet cannot be read: Invalid Input Error: No magic bytes"],
    ["cut interactions", cut("interactions.parquet"), "interactions.parquet cannot be read: "],
    ["no table at all", put("items.parquet", "item\nhat\n"), "items.parquet cannot be read: "],
    [
      "a missing column",
      change("interactions.parquet", "SELECT * EXCLUDE (split, user_index) FROM SELF"),
      "interactions.parquet lacks the columns user_index, split; found user, item, item_index, weight: add them",
    ],
    [
      "a missing id column",
      change("users.parquet", 'SELECT "user" AS who FROM SELF'),
      "users.parquet lacks the column user",
    ],
    [
      "a column of another type",
      change("interactions.parquet", "SELECT * REPLACE (item AS item_index) FROM SELF"),
      "column item_index holds VARCHAR, expected INTEGER",
    ],
    [
      "an item out of range",
      change("interactions.parquet", "SELECT * REPLACE (item_index + 1 AS item_index) FROM SELF"),
      "interactions.parquet row 2: item_index 4 is out of range, expected 0 to 3 since items.parquet has 4 rows",
    ],
    [
      "a huge user",
      change("interactions.parquet", "SELECT * REPLACE (user_index + 4294967296 AS user_index) FROM SELF"),
      "interactions.parquet row 0: user_index 4294967296 is out of range, expected 0 to 2 since users.parquet has 3 rows",
    ],
    [
      "an empty index",
      change("interactions.parquet", "SELECT * REPLACE (nullif(user_index, 1) AS user_index) FROM SELF"),
      "interactions.parquet row 3: user_index is empty, expected 0 to 2",
    ],
    [
      "an unknown split",
      change("interactions.parquet", "SELECT * REPLACE (replace(split, 'test', 'Test') AS split) FROM SELF"),
      'interactions.parquet row 1: split "Test" is unknown, expected train, validation, test, dislike',
    ],
    [
      "a weight of nothing",
      change("interactions.parquet", "SELECT * REPLACE (weight - 0.5 AS weight) FROM SELF"),
      "shop: training weight 2 (by user, then item) is 0, expected a finite number above 0",
    ],
    [
      "too few interactions",
      change("interactions.parquet", "SELECT * FROM SELF LIMIT 3"),
      "interactions.parquet has 3 interactions, expected 5 as dataset.json says",
    ],
    [
      "too few users",
      change("users.parquet", "SELECT * FROM SELF LIMIT 2"),
      "users.parquet has 2 rows, expected 3 as dataset.json says; the files are of different datasets",
    ],
    [
      "an item without an id",
      change("items.parquet", "SELECT nullif(item, 'hat') AS item, title FROM SELF"),
      "items.parquet row 0: the item has no id",
    ],
    [
      "an id twice",
      change("users.parquet", `SELECT 'ann' AS "user" FROM SELF`),
      'user id "ann" stands for both index 0 and 1',
    ],
    [
      "features of other items",
      put("image.npy", npyBytes({ shape: [3, 2], data: new Float32Array(6) })),
      "image.npy has 3 rows, expected 4 as dataset.json says",
    ],
    [
      "features of another width",
      put("image.npy", npyBytes({ shape: [4, 1], data: new Float32Array(4) })),
      "image.npy has 1 column(s), expected 2",
    ],
    ["a missing feature file", remove("image.npy"), "image.npy cannot be opened: ENOENT"],
    ["a missing list of missing items", remove("image_missing.npy"), "image_missing.npy cannot be opened: ENOENT"],
    ["missing items out of range", missing(4), "image_missing.npy, entry 0: item 4 is out of range, expected 0 to 3"],
    ["more missing items than it says", missing(0, 1), "image_missing.npy has 2 items, expected 1"],
    [
      "missing items unsorted",
      (folder) => {
        missing(2, 1)(folder);
        updateDescription(folder, (description) => ({
          ...description,
          modalities: description.modalities.map((one) => ({ ...one, missing: 2 })),
        }));
      },
      "image_missing.npy, entry 1: item 1 comes after 2, expected ascending and distinct items",
    ],
    [
      "missing items as a matrix",
      put("image_missing.npy", npyBytes({ shape: [1, 1], data: Int32Array.of(1) })),
      "image_missing.npy has shape (1, 1), expected one dimension",
    ],
    [
      "half of the neighbours",
      put("image_neighbours_index.npy", npyBytes({ shape: [4, 1], data: new Int32Array(4) })),
      "image_neighbours_index.npy has no image_neighbours_cosine.npy beside it",
    ],
    ["a description that is no JSON", cut("dataset.json"), "dataset.json is not JSON: "],
    [
      "a newer version",
      put("dataset.json", '{"format": "latticework-dataset", "version": 2}'),
      "dataset.json is of version 2, expected at most 1; a newer Latticework wrote it: update this one",
    ],
    ["another program's", put("dataset.json", '{"version": 1}'), "dataset.json is not of a dataset of ours"],
    [
      "a description that lacks something",
      put("dataset.json", '{"format": "latticework-dataset", "version": 1, "name": "x", "users": -1}'),
      'dataset.json at "users": ',
    ],
    [
      "a modality outside the folder",
      (folder) => {
        const file = path.join(folder, "dataset.json");
        fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"image"', '"../image"'));
      },
      'modality "../image" cannot be a file name',
    ],
  ])("%s", async (_, damage, message) => {
    expect(await refusal(damage)).toContain(message);
  });

  it("a modality that it does not have", async () => {
    expect(await refusal(() => {}, { modalities: ["sound"] })).toContain(
      'has no modality "sound" (see dataset.json); it has image',
    );
  });
});

describe("columns of items", () => {
  it("come as text in item order, as often as wanted", async () => {
    await inShop(async (folder) => {
      await replaceTable(
        folder,
        "items.parquet",
        "SELECT *, nullif(row_number() OVER () * 1.5, 3) AS price, [item, 'x'] AS tags, chr(65279) || title AS marked FROM SELF",
      );
      expect(await itemColumns(folder)).toEqual(["title", "price", "tags", "marked"]);
      const all = async (column: string): Promise<readonly string[]> => {
        const pass = readItemColumn(folder, column);
        const texts: string[][] = [[], []];
        for (const list of texts) for await (const chunk of pass()) list.push(...chunk);
        expect(texts[1]).toEqual(texts[0]);
        return texts[0];
      };
      expect(await all("title")).toEqual(shop.itemTitles);
      expect(await all("price")).toEqual(["1.5", "", "4.5", "6.0"]);
      expect(await all("tags")).toEqual(["hat x", "shirt 'blue' x", "__proto__ x", "boots x"]);
      expect(await all("marked")).toEqual(shop.itemTitles?.map((title) => `\uFEFF${title}`));
      await expect(all("colour")).rejects.toThrow(
        'items.parquet has no column "colour"; found title, price, tags, marked',
      );
    });
  });

  it("keep their order over many chunks", async () => {
    const itemIds = Array.from({ length: 20_000 }, (_, index) => `item ${index}`);
    const dataset = createDataset({ name: "long", itemIds, itemTitles: itemIds, interactions: { train: [[0, 0]] } });
    await withFolder({}, async (folder) => {
      await writeNativeDataset(folder, dataset);
      const read: string[] = [];
      for await (const chunk of readItemColumn(folder, "title")()) read.push(...chunk);
      expect(read).toEqual(itemIds);
      expect((await readDataset(folder)).itemIds).toEqual(itemIds);
    });
  });
});

describe("addModality", () => {
  async function* blocksOf(...blocks: number[][]): AsyncGenerator<Float32Array> {
    for (const block of blocks) yield Float32Array.from(block);
  }
  const text = (more: Partial<NewModality> = {}): NewModality => ({
    name: "text",
    columns: 1,
    encoder: { name: "tf-idf", settings: { columns: 1, words: true } },
    missing: Int32Array.of(2),
    blocks: blocksOf([1, 2], [0], [4]),
    ...more,
  });

  it("writes features, missing items and what made them", async () => {
    await inShop(async (folder) => {
      await addModality(folder, text());
      const { modalities } = await readDataset(folder);
      expect(modalities.map(({ name, missing }) => [name, [...(missing ?? [])]])).toEqual([
        ["image", [1]],
        ["text", [2]],
      ]);
      const rows = new Float32Array(4);
      modalities[1].features?.read(0, 4, rows);
      expect([...rows]).toEqual([1, 2, 0, 4]);
      expect(readDatasetDescription(folder).modalities[1]).toEqual({
        name: "text",
        columns: 1,
        missing: 1,
        encoder: { name: "tf-idf", settings: { columns: 1, words: true } },
      });
    });
  });

  it("replaces one, with its missing items and neighbours", async () => {
    await inShop(async (folder) => {
      const neighbours = { shape: [4, 1], data: Int32Array.of(1, 0, 3, 2) };
      fs.writeFileSync(path.join(folder, "image_neighbours_index.npy"), npyBytes(neighbours));
      fs.writeFileSync(
        path.join(folder, "image_neighbours_cosine.npy"),
        npyBytes({ shape: [4, 1], data: new Float32Array(4) }),
      );
      const late: number[] = [];
      const blocks = async function* () {
        yield Float32Array.of(1, 1, 1, 2, 2, 2);
        late.push(0, 3);
        yield Float32Array.of(3, 3, 3, 0, 0, 0);
      };
      await addModality(
        folder,
        text({ name: "image", columns: 3, missing: () => Int32Array.from(late), blocks: blocks() }),
      );
      const { modalities } = await readDataset(folder);
      expect(modalities).toHaveLength(1);
      expect(modalities[0].features?.columns).toBe(3);
      expect(modalities[0].neighbours).toBeUndefined();
      expect([...(modalities[0].missing ?? [])]).toEqual([0, 3]);
    });
  });

  it.each<[string, Partial<NewModality>, string]>([
    ["too few rows", { blocks: blocksOf([1, 2]) }, "modality text got 2 rows, expected 4: one an item"],
    ["too many rows", { blocks: blocksOf([1, 2, 3, 4, 5]) }, "modality text got at least 5 rows, expected 4"],
    [
      "half a row",
      { columns: 2, blocks: blocksOf([1, 2, 3]) },
      "a block of 3 values after row 0, expected whole rows of 2",
    ],
    ["NaN", { blocks: blocksOf([1], [Number.NaN]) }, "modality text row 1, column 0: found NaN"],
    ["a missing item out of range", { missing: Int32Array.of(7) }, "entry 0: item 7 is out of range"],
    ["a name with a path", { name: "a/b" }, 'modality "a/b" cannot be a file name'],
    ["a name that marks other files", { name: "text_missing" }, 'modality "text_missing" ends in _missing'],
    ["no columns", { columns: 0 }, "modality text has 0 columns"],
  ])("refuses %s and leaves the dataset as it was", async (_, change, message) => {
    await inShop(async (folder) => {
      const before = fs.readdirSync(folder);
      await expect(addModality(folder, text(change))).rejects.toThrow(message);
      expect(fs.readdirSync(folder)).toEqual(before);
      expect((await readDataset(folder)).fingerprint).toBe(createDataset(shop).fingerprint);
    });
  });
});
