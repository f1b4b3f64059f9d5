import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../errors.ts";
import { trainingOptionsSchema } from "./configuration.ts";
import { optionKeys } from "./option-keys.ts";
import { parseSettings, parseTrainingOptions } from "./parse-options.ts";

describe("parseTrainingOptions", () => {
  it("fills in the specification's defaults", () => {
    expect(parseTrainingOptions({})).toEqual(trainingOptionsSchema.parse({}));
    expect(parseTrainingOptions({ skip: 0.5, layers: undefined })).toMatchObject({
      skip: 0.5,
      layers: 2,
      neighbours: 10,
    });
  });

  it("completes a partial learning rate decay", () => {
    expect(parseTrainingOptions({ learningRateDecay: { factor: 0.9 } }).learningRateDecay).toEqual({
      factor: 0.9,
      epochs: 50,
    });
  });

  it("takes a model's own defaults, part by part", () => {
    expect(parseTrainingOptions({}, "freedom").learningRateDecay).toEqual({ factor: 1, epochs: 50 });
    expect(parseTrainingOptions({ learningRateDecay: { epochs: 20 } }, "freedom").learningRateDecay).toEqual({
      factor: 1,
      epochs: 20,
    });
    expect(parseTrainingOptions({ learningRateDecay: { epochs: 20 } }, "mgcn").learningRateDecay).toEqual({
      factor: 0.96,
      epochs: 20,
    });
  });

  it.each([
    [{ neighbors: 5 }, 'option "neighbors" does not exist; did you mean "neighbours"?'],
    [
      { learningRateDecay: { epoch: 5 } },
      'option "learningRateDecay.epoch" does not exist; did you mean "learningRateDecay.epochs"?',
    ],
    [{ skip: 1.2 }, "option skip: found 1.2, expected a number from 0 to 1"],
    [{ layers: 1.5 }, "option layers: found 1.5, expected an integer from 0 to 16"],
    [{ learningRate: 0 }, "option learningRate: found 0, expected a number above 0"],
    [{ dropout: 1 }, "option dropout: found 1, expected a number at least 0 and below 1"],
    [{ sampler: "random" }, 'option sampler: found "random", expected one of by-user, by-interaction'],
    [{ freezeFeatures: "yes" }, 'option freezeFeatures: found "yes", expected true or false'],
    [{ modalities: [] }, "option modalities: found [], expected one or more names, e.g. image,text"],
    [{ modalities: ["image", 3] }, 'option modalities: found ["image",3], expected one or more names, e.g. image,text'],
    [
      { learningRateDecay: { factor: 2 } },
      "option learningRateDecay.factor: found 2, expected a number above 0 and at most 1",
    ],
    [
      { learningRateDecay: 3 },
      "option learningRateDecay: found 3, expected parts learningRateDecay.factor and learningRateDecay.epochs, in short .96/50",
    ],
    [
      { validateBy: "accuracy@20" },
      'option validateBy: found "accuracy@20", expected a figure and a cutoff, e.g. recall@20 (recall, precision, ndcg, ndcgRetrieved, hitRate, map or mrr)',
    ],
    [[1], "options: found [1], expected an object of option keys and values"],
    ["skip=1", 'options: found "skip=1", expected an object of option keys and values'],
  ])("refuses %j", (input, message) => {
    expect(() => parseTrainingOptions(input)).toThrow(new ConfigError(message));
  });

  it("names every mistake at once", () => {
    expect(() => parseTrainingOptions({ skip: -1, patients: 3 })).toThrow(/option skip: .*\n.*did you mean "patience"/);
  });
});

describe("parseSettings", () => {
  it("reads each kind of value", () => {
    const settings = [
      "skip=.7",
      "neighbours=5",
      "freezeFeatures=true",
      "modalities=image, text",
      "sampler=by-interaction",
      "learningRate=1e-3",
      "learningRateDecay=.9/20",
      "validateBy=ndcg@10",
    ];
    expect(parseSettings(settings)).toEqual({
      skip: 0.7,
      neighbours: 5,
      freezeFeatures: true,
      modalities: ["image", "text"],
      sampler: "by-interaction",
      learningRate: 1e-3,
      learningRateDecay: { factor: 0.9, epochs: 20 },
      validateBy: "ndcg@10",
    });
  });

  it("joins dotted parts, and a later setting wins", () => {
    expect(parseSettings(["learningRateDecay=.9/20", "learningRateDecay.epochs=7", "skip=1", "skip=0"])).toEqual({
      learningRateDecay: { factor: 0.9, epochs: 7 },
      skip: 0,
    });
  });

  it.each([
    ["skip", 'setting "skip": expected key=value, e.g. skip=0.7'],
    ["=3", 'setting "=3": expected key=value, e.g. skip=0.7'],
    ["learnrate=3", 'option "learnrate" does not exist; did you mean "learningRate"?'],
    ["layers=two", 'option layers: found "two", expected an integer from 0 to 16'],
    ["layers=", 'option layers: found "", expected an integer from 0 to 16'],
    ["layers=0x2", 'option layers: found "0x2", expected an integer from 0 to 16'],
    ["freezeFeatures=1", 'option freezeFeatures: found "1", expected true or false'],
    ["modalities=image,", 'option modalities: found "image,", expected one or more names, e.g. image,text'],
    [
      "learningRateDecay=.9",
      'option learningRateDecay: found ".9", expected parts learningRateDecay.factor and learningRateDecay.epochs, in short .96/50',
    ],
    ["toString=1", 'option "toString" does not exist'],
  ])("refuses %s", (setting, message) => {
    expect(() => parseSettings([setting])).toThrow(ConfigError);
    expect(() => parseSettings([setting])).toThrow(message);
  });

  it("reads back every default as it would be written", () => {
    for (const { key, kind, default: value } of optionKeys) {
      if (value === undefined || kind === "parts") continue;
      expect(parseSettings([`${key}=${value}`])).toEqual({ [key]: value });
    }
  });

  it("never invents a key and never throws anything but a ConfigError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          for (const key of Object.keys(parseSettings([text]))) expect(key in trainingOptionsSchema.shape).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
