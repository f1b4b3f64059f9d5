import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { LatticeworkError } from "../errors.ts";
import { openDatabase } from "./database.ts";
import { withFolder } from "./folders.fixture.ts";
import { parquetColumns, parquetScan, writeParquet } from "./parquet-table.ts";

it("a table is written whole, read by its exact path, and otherwise stays as it was", async () => {
  await withFolder({ "a/x": "", "[ab]/x": "" }, async (root) => {
    const database = await openDatabase();
    try {
      const file = path.join(root, "[ab]", "year=1 *?.parquet");
      await writeParquet(database, "SELECT 1 AS other", path.join(root, "a", "year=1 *?.parquet"));
      await writeParquet(database, 'SELECT 2 AS one, \'x\' AS "tw""o"', file);
      expect([...(await parquetColumns(database, file, "table"))]).toEqual([
        ["one", "INTEGER"],
        ['tw"o', "VARCHAR"],
      ]);
      const failing = "SELECT CASE WHEN i = 5000 THEN error('stopped') ELSE 'x' END AS one FROM range(9000) AS t(i)";
      await expect(writeParquet(database, failing, file)).rejects.toThrow("stopped");
      expect(await database.rows(`SELECT one FROM ${parquetScan(file)}`)).toEqual([{ one: 2 }]);
      expect(fs.readdirSync(path.join(root, "[ab]")).sort()).toEqual(["x", "year=1 *?.parquet"]);

      const nowhere = path.join(root, "nowhere", "t.parquet");
      const outcome: unknown = await writeParquet(database, "SELECT 1", nowhere).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(LatticeworkError);
      expect(String(outcome)).toContain(`cannot save ${nowhere} (IO Error: `);
    } finally {
      database.close();
    }
  });
});
