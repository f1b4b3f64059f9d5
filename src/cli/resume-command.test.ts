import { expect, test } from "vitest";
import { resumeCommand } from "./resume-command.ts";

test("the same words with --resume, once, and quoted where a shell needs it", () => {
  const argv = [
    "node",
    "main.ts",
    "train",
    "my data",
    "--out",
    "it's",
    "--set",
    "modalities=image,text",
    "--overwrite",
    "--resume",
  ];
  expect(resumeCommand(argv)).toBe("latticework train 'my data' --out 'it'\\''s' --set modalities=image,text --resume");
});
