/** The arithmetic of weights: exact where it must be, close to the true power everywhere. */
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "../data/database.ts";
import { powerOfHalf, sqlDouble, unitsOf, weightOf } from "./weights.ts";

const database = await openDatabase({ threads: 1 });
afterAll(() => database.close());

async function power(x: number): Promise<number> {
  const [row] = await database.rows(`SELECT ${powerOfHalf("x")} AS p FROM (SELECT ${sqlDouble(x)} AS x)`);
  return Number(row?.p);
}

test("whole half-lives are exact", async () => {
  for (const n of [0, 1, 2, 10, 40]) expect(await power(n)).toBe(2 ** -n);
});

test("parts of half-lives are as close as float32 can tell", async () => {
  for (let x = 0; x < 6; x += 0.0371) {
    const exact = 2 ** -x;
    expect(Math.abs((await power(x)) - exact) / exact).toBeLessThan(2 ** -32);
  }
});

test("nothing weighs nothing, and one weighs one", async () => {
  const query = `SELECT CAST(${weightOf(unitsOf("1e-300"))} AS DOUBLE) AS least, CAST(${weightOf(unitsOf("1e0"))} AS DOUBLE) AS one, CAST(${weightOf(unitsOf("1e6"))} AS DOUBLE) AS most`;
  expect(await database.rows(query)).toEqual([{ least: 2 ** -40, one: 1, most: 1e6 }]);
});
