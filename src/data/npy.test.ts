import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DatasetError } from "../errors.ts";
import { npyBytes, withFolder } from "./folders.fixture.ts";
import { openNpy, readNpyFloats, readNpyIntegers, writeNpy } from "./npy.ts";

const matrix = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.array(fc.float({ noNaN: true }), { minLength: rows * columns, maxLength: rows * columns }),
  }),
);

describe("npy files", () => {
  it("come back as they were written, whole and by ranges", async () => {
    await fc.assert(
      fc.asyncProperty(matrix, fc.nat(), fc.nat(), async ({ rows, columns, values }, a, b) => {
        await withFolder({}, (folder) => {
          const file = path.join(folder, "x.npy");
          const written = Float32Array.from(values);
          writeNpy(file, [rows, columns], "float32", written);
          const npy = openNpy(file);
          expect(npy).toMatchObject({ type: "float32", shape: [rows, columns] });
          expect(npy.dataOffset % 64).toBe(0);
          const from = Math.min(a % values.length, b % values.length);
          const to = Math.max(a % values.length, b % values.length) + 1;
          const out = new Float32Array(to - from);
          readNpyFloats(npy, from, to - from, out);
          expect(out).toEqual(written.slice(from, to));
        });
      }),
      { numRuns: 60 },
    );
  });

  it("are read in every version and type, longer than one block too", async () => {
    const count = 300_000;
    const values = Float64Array.from({ length: count }, (_, at) => (at % 2000) - 1000);
    for (const version of [1, 2, 3] as const) {
      for (const data of [values, Float32Array.from(values), Float16Array.from(values)]) {
        await withFolder({ "x.npy": npyBytes({ shape: [count / 10, 10], data, version }) }, (folder) => {
          const out = new Float32Array(count);
          readNpyFloats(openNpy(path.join(folder, "x.npy")), 0, count, out);
          expect(out).toEqual(Float32Array.from(values));
        });
      }
      for (const data of [Int32Array.from(values), BigInt64Array.from(values, (value) => BigInt(value))]) {
        await withFolder({ "x.npy": npyBytes({ shape: [count], data, version }) }, (folder) => {
          expect(readNpyIntegers(openNpy(path.join(folder, "x.npy")))).toEqual(Int32Array.from(values));
        });
      }
    }
  });

  it("are written block by block", async () => {
    await withFolder({}, (folder) => {
      const file = path.join(folder, "x.npy");
      writeNpy(file, [2, 2], "int32", [Int32Array.of(1, -2), Int32Array.of(3, 4)]);
      expect(readNpyIntegers(openNpy(file))).toEqual(Int32Array.of(1, -2, 3, 4));
      expect(() => writeNpy(file, [2, 2], "int32", [Int32Array.of(1)])).toThrow(
        "got 1 values, expected 4 for shape (2, 2)",
      );
      expect(readNpyIntegers(openNpy(file))).toEqual(Int32Array.of(1, -2, 3, 4));
    });
  });

  const good = npyBytes({ shape: [2, 3], data: new Float32Array(6) });
  const wrongHeader = Buffer.from(good);
  wrongHeader.write("{'descr': '<f4', 'fortran': 1}", 10, "latin1");
  const hugeHeader = Buffer.from(npyBytes({ shape: [2, 3], data: new Float32Array(6), version: 2 }));
  hugeHeader.writeUInt32LE(0xfffffff0, 8);
  const unknownVersion = Buffer.from(good);
  unknownVersion[6] = 9;

  it.each([
    ["empty", new Uint8Array(0), "x.npy is empty, expected an npy array; write it with numpy.save"],
    [
      "garbage",
      Buffer.from("not an array at all"),
      "x.npy is no npy file: it begins with bytes 6e 6f 74 20 61 6e, expected 93 4e 55 4d 50 59",
    ],
    ["an unknown version", unknownVersion, "x.npy is of npy version 9, expected 1, 2 or 3"],
    ["a huge header", hugeHeader, "x.npy claims an npy header of 4294967280 bytes, expected at most 65536"],
    [
      "a header that is cut",
      good.subarray(0, 30),
      "x.npy is truncated inside its npy header: 30 bytes, expected at least ",
    ],
    ["another header", wrongHeader, "x.npy has an npy header without 'descr', 'fortran_order' or 'shape'"],
    [
      "truncated",
      good.subarray(0, good.length - 5),
      `x.npy is truncated: ${good.length - 5} bytes, expected ${good.length} for shape (2, 3) of float32`,
    ],
    ["too long", Buffer.concat([good, Buffer.alloc(4)]), "x.npy is longer than its header says"],
    [
      "Fortran order",
      npyBytes({ shape: [2, 3], data: new Float32Array(6), fortran: true }),
      "x.npy is in Fortran (column) order, expected C (row) order; save it again with numpy.ascontiguousarray(x)",
    ],
    [
      "big-endian",
      npyBytes({ shape: [2, 3], data: new Float32Array(6), type: ">f4" }),
      'x.npy is big-endian (>f4), expected little-endian; save it again with x.astype("<f4")',
    ],
    [
      "another type",
      npyBytes({ shape: [2, 3], data: new Float32Array(6), type: "<U1" }),
      "x.npy holds values of type <U1, expected float16, float32, float64, int32 or int64",
    ],
  ])("are refused when %s", async (_, bytes, message) => {
    await withFolder({ "x.npy": bytes }, (folder) => {
      const open = () => openNpy(path.join(folder, "x.npy"), "x.npy");
      expect(open).toThrow(DatasetError);
      expect(open).toThrow(message);
    });
  });

  it("are refused when cut short at any byte", async () => {
    await withFolder({}, (folder) => {
      const file = path.join(folder, "x.npy");
      for (let length = 0; length < good.length; length++) {
        fs.writeFileSync(file, good.subarray(0, length));
        expect(() => openNpy(file)).toThrow(DatasetError);
      }
    });
  });

  it("are refused when missing, when they change, and when they hold the other sort of number", async () => {
    const data = Float32Array.of(1, 2);
    await withFolder(
      { "x.npy": npyBytes({ shape: [2], data }), "i.npy": npyBytes({ shape: [1], data: BigInt64Array.of(2n ** 40n) }) },
      (folder) => {
        expect(() => openNpy(path.join(folder, "no.npy"), "no.npy")).toThrow("no.npy cannot be opened: ENOENT");
        const npy = openNpy(path.join(folder, "x.npy"), "x.npy");
        expect(() => readNpyIntegers(npy)).toThrow("x.npy holds float32, expected int32 or int64");
        const integers = openNpy(path.join(folder, "i.npy"), "i.npy");
        expect(() => readNpyFloats(integers, 0, 1, new Float32Array(1))).toThrow(
          "i.npy holds int64, expected float16, float32 or float64",
        );
        expect(() => readNpyIntegers(integers)).toThrow("i.npy value 0 does not fit 32 bits");
        fs.appendFileSync(npy.path, "x");
        expect(() => readNpyFloats(npy, 0, 2, new Float32Array(2))).toThrow("x.npy changed while it was in use");
      },
    );
  });
});
