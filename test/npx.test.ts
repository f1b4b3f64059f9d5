/** `npx latticework` in a clone runs the built command line. */
import { expect, test } from "vitest";
import { start } from "./command.ts";

test("npx latticework", async () => {
  const version = await start("npx", ["latticework", "--version"]).ended;
  expect(version.output, version.errors).toMatch(/^\d+\.\d+\.\d+$/m);
  expect(version.code).toBe(0);
  const wrong = await start("npx", ["latticework", "no-such-command"]).ended;
  expect(wrong.errors).toMatch(/unknown command 'no-such-command'/);
  expect(wrong.code).toBe(2);
});
