/** Rows of an encoding under way: whatever is cut off or damaged, what is read again are whole batches from the first item on. */
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withFolder } from "../data/folders.fixture.ts";
import type { EncodedItem } from "./encoder.ts";
import { openPartialRows } from "./partial-rows.ts";

const columns = 3;
const batches: readonly (readonly EncodedItem[])[] = [
  [Float32Array.of(1, 2, 3), { missing: "no text" }],
  [{ missing: 'there is no file "ä"' }],
  [Float32Array.of(-1, 0, 0.5), Float32Array.of(4, 5, 6), { missing: "" }],
];
const of = { name: "test", settings: { a: 1 } };

function write(file: string): Buffer {
  const rows = openPartialRows(file, columns, of);
  for (const batch of batches) rows.append(batch);
  rows.close();
  return fs.readFileSync(file);
}

test("what was written is read again", async () => {
  await withFolder({}, (folder) => {
    const file = path.join(folder, "rows");
    write(file);
    const rows = openPartialRows(file, columns, of);
    expect(rows.done).toBe(6);
    expect([...rows.read()]).toEqual(batches);
    rows.remove();
    expect(fs.existsSync(file)).toBe(false);
  });
});

test("cut short or damaged anywhere, it goes on from a whole batch to the same bytes", async () => {
  await withFolder({}, (folder) => {
    const file = path.join(folder, "rows");
    const whole = write(file);
    const ends = [0, 2, 3, 6];
    fc.assert(
      fc.property(fc.nat(whole.length), fc.option(fc.nat(whole.length - 1)), (length, flipped) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        if (flipped !== null && flipped < length) bytes[flipped] ^= 0x41;
        fs.writeFileSync(file, bytes);
        const rows = openPartialRows(file, columns, of);
        const kept = ends.indexOf(rows.done);
        expect(kept).toBeGreaterThanOrEqual(0);
        expect([...rows.read()]).toEqual(batches.slice(0, kept));
        for (const batch of batches.slice(kept)) rows.append(batch);
        rows.close();
        expect(fs.readFileSync(file).equals(whole)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test("rows of another encoder, or of other settings, are begun anew", async () => {
  await withFolder({}, (folder) => {
    const file = path.join(folder, "rows");
    write(file);
    const rows = openPartialRows(file, columns, { ...of, settings: { a: 2 } });
    expect(rows.done).toBe(0);
    rows.close();
  });
});

test("a folder that is not there is said", () => {
  expect(() => openPartialRows("/nowhere/at/all/rows", 3, of)).toThrow(/cannot write .*nowhere/);
});
