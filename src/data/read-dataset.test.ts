import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatasetError } from "../errors.ts";
import type { Dataset } from "./dataset.ts";
import { type FileContents, interText, npyBytes, withFolder } from "./folders.fixture.ts";
import { createDataset } from "./memory-dataset.ts";
import { type ReadDatasetOptions, readDataset } from "./read-dataset.ts";
import { writeDataset } from "./write-dataset.ts";

const inter = interText([
  [0, 0, 0],
  [0, 2, 1],
  [1, 1, 0],
  [1, 0, 2],
]);
const features = (rows: number, columns: number, values?: readonly number[]): Uint8Array =>
  npyBytes({ shape: [rows, columns], data: Float32Array.from(values ?? new Array(rows * columns).fill(1)) });
const integers = (rows: number, columns: number, values: readonly number[]): Uint8Array =>
  npyBytes({ shape: [rows, columns], data: Int32Array.from(values) });

function read(files: FileContents, options?: ReadDatasetOptions): Promise<Dataset> {
  return withFolder(files, (folder) => readDataset(folder, options));
}

async function refusal(files: FileContents, options?: ReadDatasetOptions): Promise<string> {
  const outcome: unknown = await read(files, options).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(DatasetError);
  return outcome instanceof DatasetError ? outcome.message : "";
}

const rowsOf = ({ interactions }: Dataset): unknown => [
  [...interactions.train.rowPointers],
  [...interactions.train.columnIndices],
  [...interactions.validation.columnIndices],
  [...interactions.test.columnIndices],
];

describe("the .inter layout", () => {
  it("is read with its features, neighbours and titles", async () => {
    const files = {
      "shop.inter": inter,
      "image_feat.npy": features(3, 2, [1, 2, 3, 4, 5, 6]),
      "text_neighbours_index.npy": integers(3, 2, [0, 1, 1, -1, 2, 0]),
      "text_neighbours_cosine.npy": npyBytes({ shape: [3, 2], data: Float64Array.of(1, 0.5, 1, 0, 1, 0.25) }),
      "items.json": '{"0": "Blue linen shirt", "2": "Rust wool hat"}',
    };
    await withFolder(files, async (folder) => {
      const dataset = await readDataset(folder);
      expect(dataset).toMatchObject({ name: "shop", folder: path.resolve(folder), users: 2, items: 3, warnings: [] });
      expect(rowsOf(dataset)).toEqual([[0, 1, 2], [0, 1], [2], [0]]);
      expect(dataset.itemTitles).toEqual(["Blue linen shirt", "1", "Rust wool hat"]);
      const [image, text] = dataset.modalities;
      expect([image.name, image.features?.rows, image.features?.columns, text.name]).toEqual(["image", 3, 2, "text"]);
      const rows = new Float32Array(4);
      image.features?.read(1, 3, rows);
      expect([...rows]).toEqual([3, 4, 5, 6]);
      expect([...(text.neighbours?.indices ?? [])]).toEqual([0, 1, 1, -1, 2, 0]);
      expect([...(text.neighbours?.cosines ?? [])]).toEqual([1, 0.5, 1, 0, 1, 0.25]);
      const chosen = await readDataset(folder, { modalities: ["text"] });
      expect(chosen.modalities.map((modality) => modality.name)).toEqual(["text"]);
      expect(chosen.fingerprint).not.toBe(dataset.fingerprint);
    });
  });

  it("takes columns by name, LF or CRLF, with or without byte order mark, last newline and blank lines", async () => {
    const expected = rowsOf(await read({ "a.inter": inter }));
    const table = [
      ["rating", "x_label", "itemID", "timestamp", "userID"],
      ["5", "0", "0", "881250949", "0"],
      ["3.5", "1", "2", "", "0"],
      ["1", "0", "1", "0", "1"],
      ["2", "2", "0", "7", "1"],
    ].map((row) => row.join("\t"));
    for (const text of [table.join("\n"), `${table.join("\r\n")}\r\n`, `\uFEFF${table.join("\n\n")}\n\n\n`]) {
      expect(rowsOf(await read({ "a.inter": text }))).toEqual(expected);
    }
  });

  it("comes back as it was written", async () => {
    const pair = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 9 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(pair, { minLength: 1, maxLength: 60 }),
        fc.array(pair, { maxLength: 20 }),
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 30, maxLength: 30 }),
        async (train, test, values) => {
          const largest = Math.max(...[...train, ...test].map(([user]) => user));
          const written = createDataset({
            name: "made",
            users: largest + 1,
            itemTitles: Array.from({ length: 10 }, (_, item) => `Item "${item}"`),
            interactions: { train, test },
            modalities: [{ name: "text", features: Float32Array.from(values), columns: 3 }],
          });
          await withFolder({}, async (folder) => {
            writeDataset(folder, written);
            const back = await readDataset(folder);
            expect(back.fingerprint).toBe(written.fingerprint);
            expect(back.itemTitles).toEqual(written.itemTitles);
            const rows = new Float32Array(30);
            back.modalities[0].features?.read(0, 10, rows);
            expect(rows).toEqual(Float32Array.from(values));
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is read in blocks without losing a line at their borders", async () => {
    const count = 700_000;
    const lines = ["userID\titemID\tx_label"];
    for (let p = 0; p < count; p++) lines.push(`${Math.floor(p / 100)}\t${(p * 7) % 7001}\t${p % 50 === 0 ? 2 : 0}`);
    const dataset = await read({ "long.inter": lines.join("\n") });
    const { train, test } = dataset.interactions;
    expect(dataset.warnings).toEqual([]);
    expect([dataset.users, dataset.items]).toEqual([7000, 7001]);
    expect([train.columnIndices.length, test.columnIndices.length]).toEqual([count * 0.98, count * 0.02]);
    const sum = [...train.columnIndices, ...test.columnIndices].reduce((total, item) => total + item, 0);
    expect(sum).toBe(Array.from({ length: count }, (_, p) => (p * 7) % 7001).reduce((total, item) => total + item, 0));
  });

  it("takes titles from item_text.tsv", async () => {
    const dataset = await read({
      "a.inter": inter,
      "item_text.tsv": 'itemID\ttitle\tsummary\n0\tToy Story\t"A ""boy""\tand toys"\n1\tHeat\tx\n',
    });
    expect(dataset.itemTitles).toEqual(["Toy Story", "Heat", "2"]);
  });
});

describe("the 5-core layout", () => {
  const splits = {
    "5-core/train.json": '{"0": [0], "1": [1]}',
    "5-core/val.json": '{"0": [2]}',
    "5-core/test.json": '{"1": [0]}',
  };

  it("is read as the same dataset, features beside it or inside", async () => {
    const expected = await read({ "a.inter": inter, "text_feat.npy": features(3, 2) });
    for (const place of ["text_feat.npy", "5-core/text_feat.npy"]) {
      const dataset = await read({ ...splits, [place]: features(3, 2) });
      expect(dataset.fingerprint).toBe(expected.fingerprint);
    }
    const inside = Object.fromEntries(Object.entries(splits).map(([name, text]) => [path.basename(name), text]));
    expect((await read({ ...inside, "text_feat.npy": features(3, 2) })).fingerprint).toBe(expected.fingerprint);
  });

  it("yields to a .inter file, and says so", async () => {
    const dataset = await read({ ...splits, "a.inter": inter });
    expect(dataset.warnings).toEqual([
      { kind: "other", count: 1, message: "5-core/ is left aside: interactions come from a.inter" },
    ]);
  });

  it.each([
    [
      "no val.json",
      { "5-core/train.json": "{}" },
      "5-core/val.json is missing, expected train.json, val.json, test.json side by side",
    ],
    [
      "an empty file",
      { ...splits, "5-core/test.json": " " },
      "5-core/test.json is empty, expected an object from user ids to lists of item ids",
    ],
    ["a file cut short", { ...splits, "5-core/train.json": '{"0": [0' }, "5-core/train.json is not JSON: "],
    ["another shape", { ...splits, "5-core/train.json": '{"0": 3}' }, '5-core/train.json at user "0": '],
    [
      "a user that is no integer",
      { ...splits, "5-core/train.json": '{"ann": [0]}' },
      '5-core/train.json: user "ann" is not an integer; ids are 0-based user indices',
    ],
    ["a negative user", { ...splits, "5-core/train.json": '{"-1": [0]}' }, '5-core/train.json: user "-1" is negative'],
    [
      "an item that is no integer",
      { ...splits, "5-core/val.json": '{"0": ["x7"]}' },
      '5-core/val.json user "0": item "x7" is not an integer; ids are 0-based item indices',
    ],
    [
      "a negative item",
      { ...splits, "5-core/val.json": '{"0": [-2]}' },
      '5-core/val.json user "0": item -2 is negative',
    ],
    [
      "an item beyond the features",
      { ...splits, "text_feat.npy": features(2, 2) },
      '5-core/val.json user "0": item 2 is beyond text_feat.npy, which has 2 rows',
    ],
  ])("is refused with %s", async (_, files, message) => {
    expect(await refusal(files)).toContain(message);
  });
});

describe("a dataset is refused", () => {
  const header = "userID\titemID\tx_label\n";
  it.each([
    ["an empty .inter", "", "a.inter is empty, expected a header with userID, itemID, x_label"],
    [
      "a wrong header",
      "user\titemID\tlabel\n0\t0\t0\n",
      'a.inter line 1: the header lacks userID, x_label; found "user", "itemID", "label", expected tab-separated columns userID, itemID, x_label among them',
    ],
    [
      "commas for tabs",
      "userID,itemID,x_label\n0,0,0\n",
      'the header lacks userID, itemID, x_label; found "userID,itemID,x_label"',
    ],
    [
      "a non-integer id",
      `${header}0\t0\t0\n0\tx7\t0\n`,
      'a.inter line 3: itemID "x7" is not an integer; ids are 0-based item indices',
    ],
    [
      "a fraction",
      `${header}1.5\t0\t0\n`,
      'a.inter line 2: userID "1.5" is not an integer; ids are 0-based user indices',
    ],
    ["an empty id", `${header}\t0\t0\n`, 'a.inter line 2: userID "" is not an integer'],
    ["a negative id", `${header}0\t-3\t0\n`, 'a.inter line 2: itemID "-3" is negative; ids are 0-based item indices'],
    [
      "an id past any table",
      `${header}123456789\t0\t0\n`,
      "a.inter line 2: userID 123456789 is too large, expected 0 to 67108863",
    ],
    ["an id past 32 bits", `${header}0\t12345678901\t0\n`, "a.inter line 2: itemID 12345678901 is too large"],
    [
      "an unknown x_label",
      `${header}0\t0\t3\n`,
      'a.inter line 2: x_label "3" is unknown, expected 0 (train), 1 (validation) or 2 (test)',
    ],
    ["a word as x_label", `${header}0\t0\ttrain\n`, 'a.inter line 2: x_label "train" is unknown'],
    [
      "a line cut short",
      `${header}0\t0\t0\n0\t1`,
      "a.inter line 3: 2 column(s), expected at least 3 separated by tabs",
    ],
    ["no line at all", header, "a has no training interactions (0 held out), expected at least one with x_label 0"],
    [
      "no training line",
      `${header}0\t0\t1\n0\t1\t2\n`,
      "a has no training interactions (2 held out), expected at least one with x_label 0",
    ],
  ])("for %s", async (_, text, message) => {
    expect(await refusal({ "a.inter": text })).toContain(message);
  });

  it.each([
    [
      "an id beyond the feature rows",
      { "text_feat.npy": features(2, 2) },
      "a.inter line 3: itemID 2 is beyond text_feat.npy, which has 2 rows (items 0 to 1); ids are 0-based row numbers of the features",
    ],
    [
      "NaN in features",
      { "text_feat.npy": features(3, 2, [1, 2, 3, 4, 5, Number.NaN]) },
      "text_feat.npy row 2, column 1: found NaN, expected a finite float32 number",
    ],
    [
      "Inf in features",
      { "text_feat.npy": features(3, 2, [1, 2, Number.NEGATIVE_INFINITY, 4, 5, 6]) },
      "text_feat.npy row 1, column 0: found -Infinity",
    ],
    [
      "a float64 beyond float32",
      { "text_feat.npy": npyBytes({ shape: [3, 1], data: Float64Array.of(1, 1e300, 2) }) },
      "text_feat.npy row 1, column 0: found Infinity, expected a finite float32 number",
    ],
    [
      "Fortran order",
      { "text_feat.npy": npyBytes({ shape: [3, 2], data: new Float32Array(6), fortran: true }) },
      "text_feat.npy is in Fortran (column) order",
    ],
    [
      "one dimension",
      { "text_feat.npy": npyBytes({ shape: [3], data: new Float32Array(3) }) },
      "text_feat.npy has shape (3), expected two dimensions (items, columns), both above 0",
    ],
    [
      "integer features",
      { "text_feat.npy": integers(3, 1, [1, 2, 3]) },
      "text_feat.npy holds int32, expected float16, float32 or float64",
    ],
    [
      "modalities that disagree",
      { "image_feat.npy": features(3, 1), "text_feat.npy": features(4, 1) },
      "text_feat.npy has 4 rows and image_feat.npy 3, expected one row an item in both",
    ],
    [
      "half a neighbour list",
      { "text_neighbours_index.npy": integers(3, 1, [0, 1, 2]) },
      "text_neighbours_index.npy has no text_neighbours_cosine.npy beside it, expected both",
    ],
    [
      "a neighbour out of range",
      { "text_neighbours_index.npy": integers(3, 1, [0, 3, 2]), "text_neighbours_cosine.npy": features(3, 1) },
      "text_neighbours_index.npy row 1, column 0: neighbour 3 is out of range, expected an item 0 to 2, or -1 for none",
    ],
    [
      "a neighbour twice",
      { "text_neighbours_index.npy": integers(3, 2, [0, 1, 1, 1, 2, 0]), "text_neighbours_cosine.npy": features(3, 2) },
      "text_neighbours_index.npy row 1, column 1: neighbour 1 is listed twice",
    ],
    [
      "differing widths",
      { "text_neighbours_index.npy": integers(3, 1, [0, 1, 2]), "text_neighbours_cosine.npy": features(3, 2) },
      "text_neighbours_cosine.npy has shape (3, 2), expected (3, 1) as text_neighbours_index.npy",
    ],
    [
      "a cosine that is no number",
      {
        "text_neighbours_index.npy": integers(3, 1, [0, 1, 2]),
        "text_neighbours_cosine.npy": features(3, 1, [1, Number.NaN, 1]),
      },
      "text_neighbours_cosine.npy row 1, column 0: found NaN, expected a finite cosine",
    ],
    ["a damaged items.json", { "items.json": "{" }, "items.json is not JSON: "],
    ["titles that are no text", { "items.json": '{"0": 5}' }, 'items.json at "0": '],
    [
      "a titles table without titles",
      { "item_text.tsv": "id\tname\n" },
      "item_text.tsv line 1: found columns id, name, expected itemID and title among them",
    ],
    ["a second .inter", { "b.inter": inter }, "has 2 .inter files (a.inter, b.inter), expected one"],
  ])("for %s", async (_, files: FileContents, message) => {
    expect(await refusal({ "a.inter": inter, ...files })).toContain(message);
  });

  it("for a folder that is missing, a file, empty, or holds something else", async () => {
    expect(await refusal({})).toContain(
      "holds no dataset: expected one NAME.inter (columns userID, itemID, x_label) or 5-core/train.json, val.json and test.json; found nothing",
    );
    expect(await refusal({ "notes.txt": "x" })).toContain("found notes.txt");
    await withFolder({ "a.inter": inter }, async (folder) => {
      await expect(readDataset(path.join(folder, "no"))).rejects.toThrow(
        "no does not exist or cannot be read; check the path",
      );
      await expect(readDataset(path.join(folder, "a.inter"))).rejects.toThrow(
        "a.inter is a file, expected a dataset folder",
      );
    });
  });

  it("for a modality that is not there, naming those that are", async () => {
    const files = { "a.inter": inter, "image_feat.npy": features(3, 1), "text_feat.npy": features(3, 1) };
    expect(await refusal(files, { modalities: ["sound"] })).toMatch(
      /has no modality "sound" \(sound_feat.npy or sound_neighbours_index.npy\); it has image, text$/,
    );
    expect(await refusal({ "a.inter": inter }, { modalities: ["text"] })).toContain("it has none");
  });

  it("when its features change after it was opened", async () => {
    await withFolder({ "a.inter": inter, "text_feat.npy": features(3, 1) }, async (folder) => {
      const { modalities } = await readDataset(folder);
      fs.writeFileSync(path.join(folder, "text_feat.npy"), features(3, 2));
      expect(() => modalities[0].features?.read(0, 1, new Float32Array(1))).toThrow(
        "text_feat.npy changed while it was in use",
      );
    });
  });
});

describe("warnings", () => {
  it("count what is usable but odd", async () => {
    const rows = [
      [0, 0, 2],
      [0, 0, 0],
      [0, 0, 0],
      [2, 1, 1],
      [2, 1, 2],
    ] as const;
    const dataset = await read({
      "a.inter": interText(rows),
      "text_feat.npy": features(4, 2, [0, 0, 1, 0, 0, 0, 2, 2]),
    });
    expect(rowsOf(dataset)).toEqual([[0, 1, 1, 1], [0], [1], []]);
    expect(dataset.warnings).toEqual([
      {
        kind: "duplicate-pairs",
        count: 3,
        message: "3 repeated user–item pair(s): each is kept once, in train before validation before test",
      },
      {
        kind: "users-without-training",
        count: 2,
        message: "2 of 3 user(s) have no training items: they get popular items until they have some",
      },
      {
        kind: "items-without-interactions",
        count: 2,
        message: "2 of 4 item(s) have no interactions: only their features and neighbours place them",
      },
      {
        kind: "zero-rows",
        count: 2,
        message: "2 of 4 item(s) have an all-zero text row: they get no neighbours in that modality",
      },
    ]);
  });
});

describe("files beside the common layouts", () => {
  const ids = '{"users": ["ann", "bob", "cy"], "items": ["hat", "__proto__", ""]}';
  const weights = (...values: number[]): Uint8Array =>
    npyBytes({ shape: [values.length], data: Float32Array.from(values) });

  it("say ids, titles, dislikes, weights and missing items", async () => {
    const files = {
      "shop.inter": inter,
      "ids.json": ids,
      "items.json": '{"__proto__": "Proto", "hat": "Hat"}',
      "dislikes.json": '{"2": [0], "1": [1, 2]}',
      "train_weights.npy": weights(2, 0.5),
      "text_feat.npy": features(3, 2, [0, 0, 1, 1, 0, 0]),
      "text_missing.npy": npyBytes({ shape: [1], data: BigInt64Array.of(2n) }),
    };
    const dataset = await read(files);
    expect([dataset.userIds, dataset.itemIds]).toEqual([
      ["ann", "bob", "cy"],
      ["hat", "__proto__", ""],
    ]);
    expect(dataset.itemTitles).toEqual(["Hat", "Proto", ""]);
    expect([...(dataset.dislikes?.rowPointers ?? [])]).toEqual([0, 0, 1, 2]);
    expect([...(dataset.trainWeights ?? [])]).toEqual([2, 0.5]);
    expect(dataset.modalities[0].missing).toEqual(Int32Array.of(2));
    expect(dataset.warnings.map(({ kind, count }) => [kind, count])).toEqual([
      ["dropped-dislikes", 1],
      ["users-without-training", 1],
      ["missing", 1],
      ["zero-rows", 1],
    ]);
  });

  it.each<[string, FileContents, string]>([
    ["ids that are no JSON", { "ids.json": "{" }, "ids.json is not JSON: "],
    ["ids that are numbers", { "ids.json": '{"users": [1], "items": []}' }, 'ids.json at "users.0": '],
    ["ids without items", { "ids.json": '{"users": []}' }, 'ids.json at "items": '],
    [
      "an id twice",
      { "ids.json": '{"users": ["a", "a"], "items": ["x", "y", "z"]}' },
      'user id "a" stands for both index 0 and 1',
    ],
    [
      "too few user ids",
      { "ids.json": '{"users": ["a"], "items": ["x", "y", "z"]}' },
      "ids.json has 1 users, but there are interactions of user 1",
    ],
    [
      "too few item ids",
      { "ids.json": '{"users": ["a", "b"], "items": ["x"]}' },
      "shop.inter line 3: itemID 2 is beyond ids.json, which has 1 rows",
    ],
    [
      "ids and features that disagree",
      { "ids.json": ids, "text_feat.npy": features(4, 1) },
      "text_feat.npy has 4 rows and ids.json 3",
    ],
    ["dislikes that are no JSON", { "dislikes.json": "[" }, "dislikes.json is not JSON: "],
    [
      "a disliked item beyond",
      { "ids.json": ids, "dislikes.json": '{"0": [3]}' },
      'dislikes.json user "0": item 3 is beyond',
    ],
    ["a user that is no index", { "dislikes.json": '{"ann": [0]}' }, 'dislikes.json: user "ann" is not an integer'],
    ["too few weights", { "train_weights.npy": weights(1) }, "shop has 1 training weights for 2 distinct training"],
    [
      "a negative weight",
      { "train_weights.npy": weights(1, -2) },
      "shop: training weight 1 (by user, then item) is -2",
    ],
    [
      "weights as a matrix",
      { "train_weights.npy": features(2, 1) },
      "train_weights.npy has shape (2, 1), expected one",
    ],
    [
      "missing items out of range",
      { "text_feat.npy": features(3, 1), "text_missing.npy": npyBytes({ shape: [1], data: Int32Array.of(3) }) },
      "text_missing.npy, entry 0: item 3 is out of range, expected 0 to 2",
    ],
    [
      "missing items as fractions",
      { "text_feat.npy": features(3, 1), "text_missing.npy": weights(1) },
      "text_missing.npy holds float32, expected int32 or int64",
    ],
  ])("are refused with %s", async (_, files, message) => {
    expect(await refusal({ "shop.inter": inter, ...files })).toContain(message);
  });

  it("do not stay from an earlier dataset, and no other dataset is written over", async () => {
    const base = { name: "shop", interactions: { train: [[0, 0] as const, [1, 1] as const] } };
    const rich = createDataset({
      ...base,
      itemIds: ["a", "b"],
      itemTitles: ["A", "B"],
      dislikes: [[0, 1]],
      trainWeights: [1, 2],
    });
    const plain = createDataset(base);
    await withFolder({}, async (folder) => {
      writeDataset(folder, rich);
      writeDataset(folder, plain);
      expect(fs.readdirSync(folder)).toEqual(["shop.inter"]);
      expect((await readDataset(folder)).fingerprint).toBe(plain.fingerprint);
      expect(() => writeDataset(folder, rich, "5-core")).toThrow("holds another dataset (shop.inter)");
      const back = await readDataset(folder);
      expect(() => writeDataset(folder, back)).toThrow("is where this dataset is read from");
      expect(fs.readdirSync(folder)).toEqual(["shop.inter"]);
    });
  });
});
