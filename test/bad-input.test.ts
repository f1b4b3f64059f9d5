/** Every bad input is answered in one clear line with exit code 1, and nothing is left that looks like a run. */
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { latticework } from "./command.ts";
import {
  interactionLines,
  interText,
  items,
  npyData,
  npyFile,
  npyHeader,
  quickly,
  writeSmallDataset,
} from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let made = 0;

interface BadInput {
  readonly name: string;
  /** Spoils the dataset folder. */
  readonly spoil?: (dataset: string) => void;
  /** Words after `train DATASET --out RUN`. */
  readonly words?: readonly string[];
  /** What the one line says. */
  readonly message: RegExp;
}

const inter = (dataset: string): string => join(dataset, "small.inter");
const rewrite = (change: (text: string) => string) => (dataset: string) =>
  writeFileSync(inter(dataset), change(readFileSync(inter(dataset), "utf8")));
const feature = (content: Buffer) => (dataset: string) => writeFileSync(join(dataset, "text_feat.npy"), content);
const one = (): number => 1;

const badInputs: readonly BadInput[] = [
  {
    name: "missing folder",
    spoil: (dataset) => rmSync(dataset, { recursive: true }),
    message: /small.*(does not exist|no such|not found|missing)/i,
  },
  { name: "missing interactions", spoil: (dataset) => rmSync(inter(dataset)), message: /\.inter/ },
  { name: "empty file", spoil: (dataset) => writeFileSync(inter(dataset), ""), message: /small\.inter.*empty/ },
  {
    name: "wrong header",
    spoil: rewrite((text) => text.replace("itemID", "item")),
    message: /small\.inter line 1.*itemID/,
  },
  {
    name: "non-integer id",
    spoil: rewrite((text) => text.replace(/\n1\t\d+/, "\n1\tx7")),
    message: /small\.inter line 12: itemID "x7" is not an integer/,
  },
  {
    name: "negative id",
    spoil: rewrite((text) => text.replace(/\n0\t\d+/, "\n-3\t1")),
    message: /small\.inter line 2: userID "?-3"?/,
  },
  {
    name: "id beyond the feature rows",
    spoil: rewrite((text) => text.replace(/\n0\t\d+/, `\n0\t${items}`)),
    message: new RegExp(`small\\.inter line 2.*${items}.*feature`),
  },
  {
    name: "unknown x_label",
    spoil: rewrite((text) => text.replace(/\t0\n/, "\t7\n")),
    message: /small\.inter line 2: x_label.*7/,
  },
  {
    name: "no training interactions",
    spoil: rewrite((text) => text.replaceAll("\t0\n", "\t1\n")),
    message: /no training interactions/,
  },
  {
    name: "nothing held out where validation is asked for",
    spoil: (dataset) => writeFileSync(inter(dataset), interText(interactionLines().filter((line) => line.label !== 1))),
    words: ["--set", "validateBy=ndcg@10"],
    message: /nothing out for validation/,
  },
  {
    name: "NaN in features",
    spoil: feature(npyFile(items, 12, (row, column) => (row === 4 && column === 2 ? Number.NaN : 1))),
    message: /text.*row 4.*column 2.*(NaN|finite)|text.*NaN.*row 4.*column 2/i,
  },
  {
    name: "infinity in features",
    spoil: feature(npyFile(items, 12, (row) => (row === 39 ? Number.POSITIVE_INFINITY : 1))),
    message: /text.*row 39/i,
  },
  {
    name: "Fortran order",
    spoil: feature(
      Buffer.concat([
        npyHeader(`{'descr': '<f4', 'fortran_order': True, 'shape': (${items}, 12), }`),
        npyData(items, 12, one),
      ]),
    ),
    message: /text_feat\.npy.*Fortran/,
  },
  {
    name: "truncated npy",
    spoil: (dataset) => truncateSync(join(dataset, "text_feat.npy"), 1000),
    message: /text_feat\.npy.*(1000|truncated|cut|short)/,
  },
  {
    name: "huge header npy",
    spoil: feature(Buffer.concat([Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\x7f", "latin1"), Buffer.alloc(500, " ")])),
    message: /text_feat\.npy.*header/,
  },
  {
    name: "garbage instead of npy",
    spoil: feature(Buffer.from("not an array at all")),
    message: /text_feat\.npy.*npy/i,
  },
  { name: "modalities that disagree", spoil: feature(npyFile(items + 1, 12, one)), message: /41.*40|40.*41/ },
  { name: "k ≥ items", words: ["--set", `neighbours=${items}`], message: /neighbours.*40/ },
  { name: "λ above 1", words: ["--set", "skip=1.2"], message: /skip.*1\.2.*from 0 to 1/ },
  { name: "λ below 0", words: ["--set", "skip=-0.1"], message: /skip.*-0\.1.*from 0 to 1/ },
  { name: "unknown option key", words: ["--set", "neighbors=3"], message: /"neighbors".*did you mean "neighbours"/ },
  { name: "unknown modality", words: ["--set", "modalities=sound"], message: /"sound".*(image.*text)/ },
  { name: "a configuration file that is not there", words: ["--config", "none.json"], message: /none\.json/ },
];

describe("train", () => {
  test.concurrent.each(badInputs)("$name", async ({ spoil, words = [], message }) => {
    const parent = join(folder, `case-${made++}`);
    mkdirSync(parent);
    const dataset = writeSmallDataset(parent);
    spoil?.(dataset);
    const run = join(parent, "run");
    const { code, output, errors } = await latticework(
      "train",
      dataset,
      "--out",
      run,
      "--threads",
      "1",
      ...quickly,
      ...words,
    );
    const said = errors.split("\n").filter((line) => line.startsWith("error: "));
    expect(said, errors).toHaveLength(1);
    expect(said[0]).toMatch(message);
    expect(errors).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(output).toBe("");
    expect(existsSync(run)).toBe(false);
  });
});

describe("warnings with counts", () => {
  test("duplicate pairs, users without training items, zero rows, items without interactions", async () => {
    const parent = join(folder, "warnings");
    mkdirSync(parent);
    const dataset = writeSmallDataset(parent);
    const lines = interactionLines().map((line) => (line.item === 39 ? { ...line, item: 38 } : line));
    const coldUser = { user: 60, item: 3, label: 2 } as const;
    const [repeated] = lines;
    if (repeated === undefined) throw new Error("no interactions");
    writeFileSync(inter(dataset), interText([...lines, repeated, coldUser]));
    writeFileSync(
      join(dataset, "text_feat.npy"),
      npyFile(items, 12, (row, column) => (row < 3 ? 0 : row + column)),
    );
    const { code, errors } = await latticework(
      "train",
      dataset,
      "--out",
      join(parent, "run"),
      "--epochs",
      "1",
      ...quickly,
    );
    expect(code, errors).toBe(0);
    expect(errors).toMatch(/^1 repeated user–item pair/m);
    expect(errors).toMatch(/^1 of 61 user\(s\) have no training items/m);
    expect(errors).toMatch(/^1 of 40 item\(s\) have no interactions/m);
    expect(errors).toMatch(/^3 of 40 item\(s\) have an all-zero text row/m);
  });
});

describe("wrong usage is exit code 2", () => {
  test.concurrent.each([
    { words: [], message: /Usage: latticework/ },
    { words: ["trian"], message: /unknown command 'trian'.*\n?.*train/ },
    { words: ["train", "--out", "run"], message: /missing required argument 'dataset'/ },
    { words: ["train", "data"], message: /required option '--out <run>'/ },
    { words: ["train", "data", "--out", "run", "--threads", "0"], message: /"0" is not a whole number from 1 up/ },
    {
      words: ["train", "data", "--out", "run", "--model", "svd"],
      message: /Allowed choices are lattice, .*lightgcn, ngcf, mf/,
    },
    { words: ["train", "data", "--out", "run", "--sed", "3"], message: /unknown option '--sed'.*\n?.*--se/ },
    { words: ["evaluate", "run", "--split", "all"], message: /Allowed choices are validation, test/ },
    { words: ["evaluate", "run", "--cutoffs", "ten"], message: /"ten" is not a whole number/ },
  ])("latticework $words", async ({ words, message }) => {
    const { code, output, errors } = await latticework(...words);
    expect(errors).toMatch(message);
    expect(code).toBe(2);
    expect(output).toBe("");
  });
});

describe("a folder that is no run", () => {
  test.concurrent.each(["evaluate", "recommend", "similar", "export"])("%s", async (command) => {
    const more =
      { evaluate: [], recommend: ["--all"], similar: ["--item", "1"], export: ["--out", join(folder, "nowhere")] }[
        command
      ] ?? [];
    const { code, errors } = await latticework(command, join(folder, "no-such-run"), ...more);
    expect(errors).toMatch(/^error: run folder .*no-such-run does not exist/);
    expect(code).toBe(1);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});
