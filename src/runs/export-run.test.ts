import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { openNpy, readNpyFloats, readNpyIntegers } from "../data/npy.ts";
import { RunError } from "../errors.ts";
import { exportRun } from "./export-run.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { madeUpRun } from "./made-up-run.fixture.ts";
import { writeRun } from "./write-run.ts";

async function exported(): Promise<string> {
  const folder = temporaryFolder();
  await writeRun(path.join(folder, "run"), madeUpRun());
  const out = path.join(folder, "out");
  const files = exportRun(path.join(folder, "run"), out);
  expect([...files.map(({ name }) => name), "README.txt"].sort()).toEqual(fs.readdirSync(out).sort());
  return out;
}

it("writes arrays that read back, with the shapes it tells", async () => {
  const out = await exported();
  const { weights } = madeUpRun();
  const floats = (name: string): number[] => {
    const file = openNpy(path.join(out, name));
    const values = new Float32Array(file.shape.reduce((product, length) => product * length, 1));
    readNpyFloats(file, 0, values.length, values);
    return [...values];
  };
  expect(openNpy(path.join(out, "user_embeddings.npy")).shape).toEqual([4, 2]);
  expect(floats("user_embeddings.npy")).toEqual([...weights.users.data]);
  expect(floats("item_embeddings.npy")).toEqual([...weights.items.data]);
  expect(floats("item_graph_values.npy")).toEqual([...(weights.itemGraph?.values ?? [])]);
  const pointers = readNpyIntegers(openNpy(path.join(out, "item_graph_rowPointers.npy")));
  expect([...pointers]).toEqual([...(weights.itemGraph?.rowPointers ?? [])]);
  expect(openNpy(path.join(out, "image_neighbours_index.npy")).shape).toEqual([6, 2]);
  expect(floats("image_neighbours_cosine.npy")).toEqual([...(weights.neighbours.image?.cosines ?? [])]);
});

it("writes ids a line each and as JSON, and a text that names every file", async () => {
  const out = await exported();
  const read = (name: string): string => fs.readFileSync(path.join(out, name), "utf8");
  expect(read("user_ids.txt")).toBe("ann\nbob\ncleo\ndan\n");
  expect(JSON.parse(read("ids.json"))).toEqual(madeUpRun().ids);
  for (const name of fs.readdirSync(out)) if (name !== "README.txt") expect(read("README.txt")).toContain(name);
});

it("writes over an earlier export, and never over other files", async () => {
  const out = await exported();
  const run = path.join(path.dirname(out), "run");
  expect(() => exportRun(run, out)).not.toThrow();
  expect(() => exportRun(run, run)).toThrow(
    new RunError(`${run} is not empty and no earlier export; choose a new folder to export to`),
  );
  const file = path.join(out, "ids.json");
  expect(() => exportRun(run, file)).toThrow(new RunError(`${file}: ${file} is a file; choose another folder`));
});
