/** Round trips, the layout byte for byte, and files that were cut short or lie. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { RunError } from "../errors.ts";
import { openSafetensors, readSafetensors, type Tensor, tensorTypeOf, writeSafetensors } from "./safetensors.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "safetensors-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const file = path.join(folder, "a.safetensors");

const tensor = (name: string, data: Tensor["data"], shape: readonly number[] = [data.length]): Tensor => ({
  name,
  shape,
  dtype: tensorTypeOf(data),
  data,
});

/** A file made by hand from a header and values. */
function byHand(header: unknown, values: Uint8Array, claimed?: bigint): void {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  fs.writeFileSync(file, Buffer.concat([length, json, values]));
}

const anyTensor = fc.oneof(
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.bigInt64Array({ maxLength: 20 }),
);

describe("safetensors", () => {
  it("reads back what was written", () => {
    fc.assert(
      fc.property(
        fc.array(anyTensor, { maxLength: 6 }),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (arrays, metadata) => {
          const tensors = arrays.map((data, t) =>
            tensor(`tensor/${t}`, data, t % 2 === 0 ? [data.length] : [1, data.length]),
          );
          writeSafetensors(file, tensors, metadata);
          const read = readSafetensors(file);
          expect({ ...read.metadata }).toEqual({ ...metadata });
          expect(read.tensors.size).toBe(tensors.length);
          for (const expected of tensors) expect(read.tensors.get(expected.name)).toEqual(expected);
        },
      ),
      { numRuns: 60, examples: [[[], Object.fromEntries([["__proto__", "text"]])]] },
    );
  });

  it("lays the file out as the format says, wider types first and aligned", () => {
    writeSafetensors(file, [tensor("a", Float32Array.of(1, 2, 3), [3, 1]), tensor("b", Float64Array.of(7), [])], {
      k: "v",
    });
    const bytes = fs.readFileSync(file);
    const headerBytes = Number(bytes.readBigUInt64LE());
    expect((8 + headerBytes) % 8).toBe(0);
    expect(JSON.parse(bytes.toString("utf8", 8, 8 + headerBytes))).toEqual({
      __metadata__: { k: "v" },
      b: { dtype: "F64", shape: [], data_offsets: [0, 8] },
      a: { dtype: "F32", shape: [3, 1], data_offsets: [8, 20] },
    });
    expect(bytes.readDoubleLE(8 + headerBytes)).toBe(7);
    expect(bytes.readFloatLE(8 + headerBytes + 12)).toBe(2);
    expect(bytes.length).toBe(8 + headerBytes + 20);
  });

  it("tells size and checksum, and writes from shared memory", () => {
    const shared = new Float32Array(new SharedArrayBuffer(12));
    shared.set([1, 2, 3]);
    const written = writeSafetensors(file, [tensor("a", shared)]);
    expect(written.bytes).toBe(fs.statSync(file).size);
    expect(written).toEqual(writeSafetensors(file, [tensor("a", Float32Array.of(1, 2, 3))]));
    const into = new Float32Array(new SharedArrayBuffer(12));
    const open = openSafetensors(file);
    open.readInto("a", into);
    open.close();
    expect([...into]).toEqual([1, 2, 3]);
  });

  it("refuses a file cut short at any byte", () => {
    writeSafetensors(file, [tensor("a", Float32Array.of(1, 2, 3)), tensor("b", BigInt64Array.of(5n))], { k: "v" });
    const whole = fs.readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      expect(() => readSafetensors(file)).toThrow(RunError);
    }
  });

  it.each([
    ["a header longer than the file", () => byHand("{}", new Uint8Array(0), 1n << 62n), /header claims/],
    ["a header that is not JSON", () => byHand("nonsense", new Uint8Array(0)), /not JSON/],
    ["a header that is no object", () => byHand([1], new Uint8Array(0)), /not an object of tensors/],
    [
      "an unknown type",
      () => byHand({ a: { dtype: "Q9", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /header, a\.dtype/,
    ],
    [
      "a shape that does not fit",
      () => byHand({ a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /is not 2 of F32/,
    ],
    [
      "a gap",
      () => byHand({ a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, new Uint8Array(8)),
      /starts at byte 4, expected 0/,
    ],
    [
      "bytes left over",
      () => byHand({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, new Uint8Array(5)),
      /has 5 bytes of values/,
    ],
    ["a missing file", () => fs.rmSync(file), /cannot be opened/],
  ])("refuses %s", (_, make, message) => {
    make();
    expect(() => readSafetensors(file)).toThrow(RunError);
    expect(() => readSafetensors(file)).toThrow(message);
  });

  it("refuses to write what does not fit, and leaves the earlier file", () => {
    writeSafetensors(file, [tensor("a", Float32Array.of(1))]);
    const before = fs.readFileSync(file);
    expect(() => writeSafetensors(file, [tensor("a", Float32Array.of(1, 2), [3])])).toThrow(
      /found 2 values of F32, expected 3 of F32/,
    );
    expect(() => writeSafetensors(file, [tensor("a", Float32Array.of(1)), tensor("a", Float32Array.of(1))])).toThrow(
      /name is taken/,
    );
    expect(fs.readFileSync(file)).toEqual(before);
  });

  it("names the tensors there are when one is missing", () => {
    writeSafetensors(file, [tensor("a", Float32Array.of(1))]);
    const open = openSafetensors(file);
    expect(() => open.read("b")).toThrow(/has no tensor b; it has a/);
    expect(() => open.readInto("a", new Float64Array(1))).toThrow(/is 1 of F32, expected 1 values of F64/);
    open.close();
  });
});
