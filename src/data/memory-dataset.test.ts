import { describe, expect, it } from "vitest";
import { DatasetError } from "../errors.ts";
import { createDataset, type DatasetInput } from "./memory-dataset.ts";

const train = [
  [0, 0],
  [1, 2],
] as const;

describe("createDataset", () => {
  it("takes pairs or columns of indices, matrices in rows or flat, and finds the sizes", () => {
    const inRows = createDataset({
      name: "shop",
      interactions: { train, test: [[0, 1]] },
      modalities: [
        {
          name: "text",
          features: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        },
      ],
    });
    const flat = createDataset({
      name: "shop",
      users: 2,
      items: 3,
      interactions: {
        train: { users: Int32Array.of(0, 1), items: Int32Array.of(0, 2) },
        test: { users: [0], items: [1] },
      },
      modalities: [{ name: "text", features: Float32Array.of(1, 2, 3, 4, 5, 6), columns: 2 }],
    });
    expect(flat.fingerprint).toBe(inRows.fingerprint);
    expect(inRows).toMatchObject({ users: 2, items: 3, userIds: ["0", "1"], itemIds: ["0", "1", "2"], warnings: [] });
    const row = new Float32Array(2);
    inRows.modalities[0].features?.read(1, 2, row);
    expect([...row]).toEqual([3, 4]);
  });

  it("has another fingerprint for other ids, interactions, splits or shapes", () => {
    const base: DatasetInput = {
      name: "shop",
      items: 3,
      interactions: { train, test: [[0, 1]] },
      modalities: [{ name: "text", features: new Float32Array(6).fill(1), columns: 2 }],
    };
    const others: DatasetInput[] = [
      base,
      { ...base, itemIds: ["a", "b", "c"] },
      { ...base, users: 3 },
      { ...base, interactions: { train, validation: [[0, 1]] } },
      {
        ...base,
        interactions: {
          train: [
            [0, 0],
            [1, 1],
          ],
          test: [[0, 1]],
        },
      },
      { ...base, modalities: [{ name: "text", features: new Float32Array(9).fill(1), columns: 3 }] },
    ];
    const prints = others.map((input) => createDataset(input).fingerprint);
    expect(new Set(prints).size).toBe(others.length);
    expect(createDataset({ ...base, name: "renamed" }).fingerprint).toBe(prints[0]);
  });

  it("keeps the fingerprints of datasets that say nothing of missing items, dislikes and weights", () => {
    const held: DatasetInput = {
      name: "held",
      userIds: ["ann", "bob", "çem"],
      itemIds: ["a", "b", "c\n"],
      interactions: {
        train: [
          [0, 0],
          [1, 2],
          [0, 1],
        ],
        validation: [[1, 0]],
        test: [[1, 1]],
      },
    };
    const modality = {
      name: "image",
      features: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      neighbours: { rows: 3, width: 1, indices: Int32Array.of(1, 2, 0), cosines: Float32Array.of(1, 1, 1) },
    };
    const print = "ef35f2c571f78f09b4c12bc3593a5c323f8ca19a0a698e2499d1571d1ceef111";
    expect(createDataset({ ...held, modalities: [modality] }).fingerprint).toBe(print);
    const empty = { ...held, dislikes: [], modalities: [{ ...modality, missing: [] }] };
    expect(createDataset(empty).fingerprint).toBe(print);
    const others = [
      createDataset({ ...held, modalities: [modality], dislikes: [[2, 0]] }),
      createDataset({ ...held, modalities: [modality], dislikes: [[2, 1]] }),
      createDataset({ ...held, modalities: [modality], trainWeights: [1, 1, 1] }),
      createDataset({ ...held, modalities: [modality], trainWeights: [1, 2, 1] }),
      createDataset({ ...held, modalities: [{ ...modality, missing: [0] }] }),
      createDataset({ ...held, modalities: [{ ...modality, missing: [1] }] }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set([print, ...others]).size).toBe(7);
  });

  it("takes missing items, dislikes and weights, and says what it made of them", () => {
    const dataset = createDataset({
      name: "shop",
      users: 3,
      interactions: { train: [...train, [0, 1]], test: [[1, 0]] },
      trainWeights: [3, 1, 0.5],
      dislikes: [
        [0, 2],
        [1, 2],
        [1, 0],
      ],
      modalities: [{ name: "text", features: [[0], [0], [1]], missing: [1] }],
    });
    expect([...(dataset.trainWeights ?? [])]).toEqual([3, 0.5, 1]);
    expect([...(dataset.dislikes?.rowPointers ?? [])]).toEqual([0, 1, 1, 1]);
    expect([...(dataset.modalities[0].missing ?? [])]).toEqual([1]);
    expect(dataset.warnings.map(({ message }) => message)).toEqual([
      "2 pair(s) are both disliked and an interaction: they stay interactions, the dislike is dropped",
      "1 of 3 user(s) have no training items: they get popular items until they have some",
      "1 of 3 item(s) have no text: their other modalities place them",
      "1 of 3 item(s) have an all-zero text row: they get no neighbours in that modality",
    ]);
  });

  const neighbours = { rows: 3, width: 1, indices: Int32Array.of(0, 1, 2), cosines: Float32Array.of(1, 1, 1) };
  it.each<[string, Partial<DatasetInput>, string]>([
    [
      "a fraction",
      { interactions: { train: [[0.5, 0]] } },
      "train interaction 0: user 0.5 is not an integer; ids are 0-based user indices",
    ],
    ["a negative item", { interactions: { train, test: [[0, -1]] } }, "test interaction 0: item -1 is negative"],
    ["a user out of range", { users: 1 }, "train interaction 1: user 1 is out of range, expected 0 to 0"],
    ["an item out of range", { items: 2 }, "train interaction 1: item 2 is beyond `items`, which has 2 rows"],
    [
      "columns of differing length",
      { interactions: { train: { users: [0], items: [] } } },
      "interactions have 1 users and 0 items, expected equally many",
    ],
    ["no training", { interactions: { test: train } }, "shop has no training interactions (2 held out)"],
    ["too few ids", { items: 3, userIds: ["ann"] }, "train interaction 1: user 1 is out of range"],
    ["repeated ids", { userIds: ["ann", "ann"] }, 'user id "ann" stands for both index 0 and 1, expected distinct ids'],
    ["too few titles", { itemTitles: ["Hat"] }, "1 item titles for 3 items, expected one each"],
    [
      "an array without columns",
      { modalities: [{ name: "text", features: new Float32Array(6) }] },
      "modality text is one array of 6 values; say how many columns a row has",
    ],
    [
      "columns that do not divide",
      { modalities: [{ name: "text", features: new Float32Array(6), columns: 4 }] },
      "modality text has 6 values for 4 columns",
    ],
    [
      "ragged rows",
      { modalities: [{ name: "text", features: [[1, 2], [3], [4, 5]] }] },
      "modality text row 1 has 1 columns, expected 2 as in row 0",
    ],
    [
      "NaN",
      { modalities: [{ name: "text", features: [[1], [2], [Number.NaN]] }] },
      "modality text row 2, column 0: found NaN",
    ],
    [
      "modalities that disagree",
      { items: 4, modalities: [{ name: "text", features: [[1], [2], [3]] }] },
      "modality text says 3 items and `items` 4, expected one row an item in all",
    ],
    ["an empty modality", { modalities: [{ name: "text" }] }, "modality text has neither features nor neighbours"],
    [
      "a modality twice",
      {
        modalities: [
          { name: "text", neighbours },
          { name: "text", neighbours },
        ],
      },
      'modality "text" is given twice',
    ],
    [
      "a neighbour out of range",
      { modalities: [{ name: "text", neighbours: { ...neighbours, indices: Int32Array.of(0, 1, 9) } }] },
      "text_neighbours_index.npy row 2, column 0: neighbour 9 is out of range",
    ],
    [
      "neighbours of another size",
      { modalities: [{ name: "text", neighbours: { ...neighbours, width: 2 } }] },
      "text_neighbours_index.npy: 3 indices and 3 cosines, expected 3 × 2 of both",
    ],
    [
      "missing items out of order",
      { modalities: [{ name: "text", features: [[1], [2], [3]], missing: [1, 0] }] },
      "text_missing.npy, entry 1: item 0 comes after 1",
    ],
    [
      "a missing item that is no index",
      { modalities: [{ name: "text", features: [[1], [2], [3]], missing: [0.5] }] },
      "missing items of modality text, entry 0: 0.5 is not an integer",
    ],
    ["a dislike out of range", { items: 3, dislikes: [[0, 3]] }, "dislike 0: item 3 is beyond `items`"],
    ["too few weights", { trainWeights: [1] }, "1 training weights for 2 training interactions, expected one each"],
    [
      "a weight of zero",
      { trainWeights: [1, 0] },
      "shop: training weight 1 (by user, then item) is 0, expected a finite number above 0",
    ],
    ["a weight that is no number", { trainWeights: [Number.NaN, 1] }, "training weight 0 (by user, then item) is NaN"],
  ])("refuses %s", (_, change, message) => {
    const create = () => createDataset({ name: "shop", interactions: { train }, ...change });
    expect(create).toThrow(DatasetError);
    expect(create).toThrow(message);
  });
});
