import { describe, expect, it } from "vitest";
import { smallDataset } from "../runs/small-dataset.fixture.ts";
import { type ContenderRequest, chooseContenders, parsePerContender } from "./contenders.ts";
import { checkContenders, protocolOf } from "./protocol.ts";
import { sensitivityOf } from "./sensitivity.ts";

describe("contenders", () => {
  it("are models, LATTICE on a backbone, and settings with a name of their own; later sources win", () => {
    const contenders = chooseContenders({
      names: ["mf", "lattice", "lattice@ngcf", "few", "freedom"],
      perContender: {
        "*": { epochs: 7, skip: 0.1 },
        lattice: { skip: 0.2, neighbours: 4 },
        few: { model: "lattice", backbone: "mf", neighbours: 2 },
      },
      settings: { neighbours: 5 },
    });
    expect(contenders.map(({ name, model, backbone }) => [name, model, backbone])).toEqual([
      ["mf", "mf", undefined],
      ["lattice", "lattice", "lightgcn"],
      ["lattice@ngcf", "lattice", "ngcf"],
      ["few", "lattice", "mf"],
      ["freedom", "freedom", undefined],
    ]);
    expect(contenders.map(({ options }) => [options.epochs, options.skip, options.neighbours])).toEqual([
      [7, 0.1, 5],
      [7, 0.2, 5],
      [7, 0.1, 5],
      [7, 0.1, 5],
      [7, 0.1, 5],
    ]);
    expect(contenders.at(-1)?.options.batchSize).toBe(2048);
  });

  it("are all of the settings where no names are given", () => {
    const perContender = { "*": { epochs: 3 }, mf: {}, "lattice@mf": {} };
    expect(chooseContenders({ perContender }).map(({ name }) => name)).toEqual(["mf", "lattice@mf"]);
  });

  it.each<[string, ContenderRequest, RegExp]>([
    ["an unknown model", { names: ["latice"] }, /model "latice" does not exist; did you mean "lattice"\?/],
    ["nothing near", { names: ["transformer-xxl"] }, /does not exist; expected one of .*lightgcn/],
    ["an unknown backbone", { names: ["lattice@lightgnc"] }, /did you mean "lightgcn"\?/],
    ["a backbone for another model", { names: ["mf@ngcf"] }, /only lattice plugs into one/],
    ["the same twice", { names: ["mf", "mf"] }, /"mf" stands there twice/],
    ["none", { names: [] }, /found none/],
    ["a path", { names: ["../mf"] }, /becomes a folder/],
    [
      "an unknown option",
      { names: ["mf"], perContender: { mf: { layer: 2 } } },
      /contender mf: option "layer".*"layers"/,
    ],
    ["a model that is none", { perContender: { a: { model: 3 } } }, /contender a, model: found 3/],
    ["settings for nobody", { names: ["mf"], perContender: { lattise: {} } }, /settings are for "lattise"/],
  ])("refuses %s", (_, request, message) => {
    expect(() => chooseContenders(request)).toThrow(message);
  });

  it("refuses a file that is no object of objects", () => {
    expect(() => parsePerContender({ mf: 3 }, "own.json")).toThrow(/own\.json: expected an object of options/);
  });
});

describe("the protocol", () => {
  it("has to be the same for all", () => {
    const contenders = chooseContenders({ names: ["mf", "ngcf"], perContender: { ngcf: { validateBy: "ndcg@10" } } });
    expect(() => protocolOf(contenders)).toThrow(/validateBy: found ndcg@10 for ngcf and recall@20 for mf/);
  });

  it("tests what selects, recall and NDCG at its cutoff", () => {
    const settings = { validateBy: "map@15" };
    const protocol = protocolOf(chooseContenders({ names: ["mf"], settings }));
    expect(protocol.tested).toEqual(["map@15", "recall@15", "ndcg@15"]);
    expect(protocol.cutoffs).toEqual([10, 15, 20]);
  });

  it("is told where trained contenders do not train alike, with who has what", () => {
    const names = ["lattice", "mf", "freedom", "popularity"];
    const settings = { validateBy: "recall@5", neighbours: 3 };
    const noticesOf = (more: object, perContender = {}): readonly string[] =>
      checkContenders(smallDataset(), chooseContenders({ names, perContender, settings: { ...settings, ...more } }));
    const explained = "each model has the defaults of its own paper or release";
    expect(noticesOf({})).toEqual([
      `not trained alike: sampler by-user for lattice and mf, by-interaction for freedom; batchSize 1024 for lattice and mf, 2048 for freedom; epochs 200 for lattice and mf, 1000 for freedom (${explained}; --set sampler=… --set batchSize=… --set epochs=… lays one over all)`,
    ]);
    const alike = { sampler: "by-interaction", batchSize: 16 };
    expect(noticesOf({ ...alike }, { mf: { epochs: 9 } })).toEqual([
      `not trained alike: epochs 200 for lattice, 9 for mf, 1000 for freedom (${explained}; --set epochs=… lays one over all)`,
    ]);
    expect(noticesOf({ ...alike, epochs: 4 })).toEqual([]);
  });

  it("names the contender that the dataset cannot train", () => {
    const settings = { validateBy: "recall@5", neighbours: 3 };
    const contenders = chooseContenders({ names: ["mf", "lattice"], settings });
    expect(checkContenders(smallDataset(), contenders)).toEqual([]);
    const bare = { ...smallDataset(), modalities: [] };
    expect(() => checkContenders(bare, contenders)).toThrow(
      /contender lattice: model lattice needs at least one modality/,
    );
    const audio = chooseContenders({ names: ["lattice"], settings: { ...settings, modalities: ["audio"] } });
    expect(() => checkContenders(smallDataset(), audio)).toThrow(/contender lattice: .*"audio".*image, text/);
    expect(() => checkContenders(smallDataset(false), contenders)).toThrow(/holds nothing out for testing/);
  });
});

describe("sensitivity", () => {
  it("joins contenders that differ in one number alone, by its value", () => {
    const lattice = (neighbours: number, skip: number) => ({ model: "lattice", neighbours, skip });
    const perContender = { c: lattice(20, 0.9), a: lattice(5, 0.9), b: lattice(10, 0.9), d: lattice(10, 0.5), mf: {} };
    const joined = sensitivityOf(chooseContenders({ perContender }));
    expect(
      joined.map(({ option, points }) => [option, points.map(({ value, contender }) => `${contender}=${value}`)]),
    ).toEqual([
      ["neighbours", ["a=5", "b=10", "c=20"]],
      ["skip", ["d=0.5", "b=0.9"]],
    ]);
  });
});
