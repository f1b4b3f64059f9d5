/** The demonstration as a user runs it, on a tiny shop: raw files in, a comparison, recommendations and a page with pictures out. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ended, latticework, latticeworkOutput, startLatticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const out = join(folder, "demo");
const tiny = ["--items", "60", "--users", "80", "--epochs", "3", "--threads", "1"];
let done: Ended;

beforeAll(async () => {
  done = await latticework("demo", "--out", out, ...tiny);
});

describe("latticework demo", () => {
  test("tells every stage, the comparison and five customers", () => {
    expect(done.code, done.errors).toBe(0);
    const stages = ["raw files", "prepare", "pictures", "texts", "look", "LATTICE", "pictures only", "texts only"];
    for (const stage of [...stages, "LightGCN", "MF", "compare"]) {
      expect(done.errors).toMatch(new RegExp(`^${stage} +\\d[\\d.]* (s|min)`, "m"));
    }
    expect(done.errors).toMatch(/pictures +.* products as 512 values each; 1 have none, 1 are broken|2 have none/);
    expect(done.output).toMatch(/^LATTICE +0\.\d{4} +0\.\d{4} +\d+% +\d+% +\d+% /m);
    expect(done.output.match(/^Customer C\d{6}\n {2}bought {4}\S.*\n {2}may like {2}\S/gm)).toHaveLength(5);
    expect(done.output).toContain(join(out, "report.html"));
  });

  test("leaves raw files, a dataset and runs that the other commands take", async () => {
    expect(readFileSync(join(out, "export", "orders.csv"), "utf8")).toMatch(/^customer,sku,event,ordered_at\nC\d{6},/);
    expect(readFileSync(join(out, "export", "products.csv"), "utf8")).toMatch(/^sku,title,description,brand,category/);
    expect(readdirSync(join(out, "export", "images")).length).toBeGreaterThan(50);
    expect(await latticeworkOutput("inspect", join(out, "dataset"))).toMatch(/Modality image[\s\S]*Modality text/);
    expect(readdirSync(join(out, "runs")).sort()).toEqual([
      "lattice",
      "lattice-pictures",
      "lattice-texts",
      "lightgcn",
      "mf",
    ]);
    const user = /^Customer (C\d+)/m.exec(done.output)?.[1] ?? "";
    const printed = await latticeworkOutput("recommend", join(out, "runs", "lattice"), "--user", user);
    expect(printed.split("\n").length).toBeGreaterThan(5);
  });

  test("every command that it names works", async () => {
    const commands = [...done.output.matchAll(/^ {2}latticework (.*)$/gm)].map(([, words = ""]) => words.split(" "));
    expect(commands.map(([name]) => name)).toEqual(["inspect", "recommend", "similar", "studio"]);
    // The studio serves until it is stopped; its own tests open it.
    for (const words of commands.filter(([name]) => name !== "studio"))
      expect((await latticework(...words)).code, words.join(" ")).toBe(0);
  });

  test("the commands give the same from the same files", async () => {
    const [data, run] = [join(folder, "shop"), join(folder, "run")];
    const files = [join(out, "export", "orders.csv"), "--items", join(out, "export", "products.csv")];
    const meaning = ["--events", "purchase=1,return=dislike", "--repeats", "once", "--min-user-interactions", "4"];
    await latticeworkOutput("prepare", ...files, ...meaning, "--out", data);
    await latticeworkOutput("encode", data, "--text", "description", "--image", "image");
    const settings = ["sampler=by-interaction", "learningRate=5e-3", "batchSize=512", "patience=3"];
    await latticeworkOutput("train", data, "--out", run, "--epochs", "3", "--set", ...settings, "--quiet");
    const weights = (folder: string): Buffer => readFileSync(join(folder, "weights.safetensors"));
    expect(weights(run).equals(weights(join(out, "runs", "lattice")))).toBe(true);
  });

  test("the page stands alone, with the pictures in it", () => {
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page.match(/<img src="data:image\/webp;base64,/g)?.length).toBeGreaterThan(100);
    expect(page.match(/<article class="customer"/g)).toHaveLength(5);
    expect(page.match(/<svg /g)).toHaveLength(5);
    expect(page.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|<link|@import/);
    expect(page).not.toMatch(/\b(undefined|NaN)\b/);
  });

  test("takes the place of an earlier one, and of nobody's files", async () => {
    const again = await latticework("demo", "--out", out, ...tiny, "--seed", "2");
    expect(again.code, again.errors).toBe(0);
    expect(again.output).not.toBe(done.output);
    const foreign = join(folder, "foreign");
    mkdirSync(join(foreign, "export"), { recursive: true });
    writeFileSync(join(foreign, "export", "letters.txt"), "dear");
    const refused = await latticework("demo", "--out", foreign, ...tiny);
    expect(refused.code).toBe(1);
    expect(refused.errors).toMatch(/^error: .*letters\.txt.*choose another folder/m);
    expect(readFileSync(join(foreign, "export", "letters.txt"), "utf8")).toBe("dear");
  });

  test.each(["raw files", "LATTICE"])("stops at Ctrl-C: %s", async (stage) => {
    const place = join(folder, `stopped-${stage.length}`);
    const sized =
      stage === "raw files" ? ["--items", "4000"] : ["--items", "60", "--users", "80", "--epochs", "100000"];
    const running = startLatticework("demo", "--out", place, ...sized, "--threads", "1");
    if (stage === "raw files")
      while (!existsSync(join(place, "export", "images"))) await new Promise((r) => setTimeout(r, 50));
    else await running.seen(/^look /m);
    running.process.kill("SIGINT");
    const { code, errors } = await running.ended;
    expect(code).toBe(130);
    expect(errors).toContain("Stopped. Start again with: latticework demo");
    expect(existsSync(join(place, "report.html"))).toBe(false);
  });

  test("refuses sizes that cannot be", async () => {
    const { code, errors } = await latticework("demo", "--items", "3");
    expect(code).toBe(2);
    expect(errors).toMatch(/--items/);
  });
});
