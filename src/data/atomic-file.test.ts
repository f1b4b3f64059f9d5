import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LatticeworkError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { withFolder } from "./folders.fixture.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function failWith(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: made to fail`), { code });
  };
}

describe("writeFileAtomically", () => {
  it("writes strings, bytes and chunks of both, whatever was there before", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.uint8Array())), async (chunks) => {
        await withFolder({ "old.txt": "earlier" }, (folder) => {
          const file = path.join(folder, "old.txt");
          writeFileAtomically(file, chunks);
          const expected = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
          expect(fs.readFileSync(file)).toEqual(expected);
          expect(fs.readdirSync(folder)).toEqual(["old.txt"]);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("goes on where the system wrote only part of a chunk", async () => {
    await withFolder({}, (folder) => {
      const write = fs.writeSync;
      vi.spyOn(fs, "writeSync").mockImplementation(((
        descriptor: number,
        bytes: Uint8Array,
        offset: number,
        length: number,
      ) => write(descriptor, bytes, offset, Math.min(length, 3))) as typeof fs.writeSync);
      writeFileAtomically(path.join(folder, "a"), "0123456789");
      expect(fs.readFileSync(path.join(folder, "a"), "utf8")).toBe("0123456789");
    });
  });

  it.each(["writeSync", "fsyncSync", "renameSync"] as const)(
    "keeps the earlier file and leaves nothing else when %s finds the disk full",
    async (operation) => {
      await withFolder({ "weights.bin": "earlier" }, (folder) => {
        const file = path.join(folder, "weights.bin");
        vi.spyOn(fs, operation).mockImplementation(failWith("ENOSPC"));
        const save = () => writeFileAtomically(file, "later");
        expect(save).toThrow(LatticeworkError);
        expect(save).toThrow(
          `cannot save ${file} (ENOSPC): the disk is full: free some space and try again; the earlier file is unchanged`,
        );
        vi.restoreAllMocks();
        expect(fs.readFileSync(file, "utf8")).toBe("earlier");
        expect(fs.readdirSync(folder)).toEqual(["weights.bin"]);
      });
    },
  );

  it("passes on what the chunks throw, and cleans up", async () => {
    await withFolder({ a: "earlier" }, (folder) => {
      const mistake = new RangeError("the producer failed");
      function* chunks(): Generator<string> {
        yield "half";
        throw mistake;
      }
      expect(() => writeFileAtomically(path.join(folder, "a"), chunks())).toThrow(mistake);
      expect(fs.readFileSync(path.join(folder, "a"), "utf8")).toBe("earlier");
      expect(fs.readdirSync(folder)).toEqual(["a"]);
    });
  });

  it("says so when the folder is missing", async () => {
    await withFolder({}, (folder) => {
      expect(() => writeFileAtomically(path.join(folder, "no", "a"), "x")).toThrow(
        "its folder does not exist: make it first",
      );
    });
  });
});
