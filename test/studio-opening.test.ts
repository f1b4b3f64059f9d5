/** The studio opens its page for whoever sits at a terminal, in a terminal of its own (the program `script`), with a browser that writes down what it is given. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type Ended, latticeworkOutput, main, start } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const run = join(folder, "run");

beforeAll(async () => {
  await latticeworkOutput("train", writeSmallDataset(folder), "--out", run, "--quiet", ...quickly, "--epochs", "2");
});

/** A browser for `$BROWSER`, and the file that it writes addresses to. */
function browserThat(name: string, ends: string): { readonly program: string; readonly opened: string } {
  const program = join(folder, name);
  const opened = join(folder, `${name}.opened`);
  writeFileSync(program, `#!/bin/sh\necho "$1" >> '${opened}'\n${ends}\n`);
  chmodSync(program, 0o755);
  return { program, opened };
}

interface Shown extends Ended {
  readonly address: string;
}

/** Starts the studio and stops it when what is awaited has come. */
async function show(
  browser: string,
  { words = "", terminal = true, environment = "-u CI" },
  awaited: (written: () => string) => Promise<unknown>,
): Promise<Shown> {
  const command = `exec env -u DISPLAY -u WAYLAND_DISPLAY ${environment} BROWSER='${browser}' '${process.execPath}' '${main}' studio '${run}' --port 0 ${words}`;
  const started = terminal
    ? start("script", ["-qec", command, "/dev/null"], { cwd: folder })
    : start("bash", ["-c", command], { cwd: folder });
  let written = "";
  for (const stream of [started.process.stdout, started.process.stderr])
    stream?.on("data", (text) => {
      written += String(text);
    });
  try {
    await started.seen("Ctrl-C");
    await awaited(() => written);
  } finally {
    started.process.kill("SIGTERM");
  }
  const ended = await started.ended;
  return { ...ended, address: /http:\S+/.exec(written)?.[0] ?? "", output: written };
}

const addressesIn = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];

test("opens the page once in a terminal, at the address that it prints", async () => {
  const { program, opened } = browserThat("works", "exit 0");
  const { address, output } = await show(program, {}, () =>
    expect.poll(() => addressesIn(opened).length, { timeout: 20_000 }).toBe(1),
  );
  expect(addressesIn(opened)).toEqual([address]);
  expect(output).not.toContain("No browser");
});

test("says in a line when no browser opens, and goes on", async () => {
  const { program } = browserThat("fails", "exit 4");
  const { address, output } = await show(program, {}, (written) =>
    expect.poll(written, { timeout: 20_000 }).toMatch(/^No browser could be opened here; open http.* yourself\.\r?$/m),
  );
  expect(output).toContain(`The studio is at ${address}`);
});

test.each([
  ["with --no-open", { words: "--no-open" }],
  ["without a terminal", { terminal: false }],
  ["where CI is set", { environment: "CI=1" }],
])("opens nothing %s", async (name, options) => {
  const { program, opened } = browserThat(`unused-${name.replaceAll(/\W/g, "")}`, "exit 0");
  const { address } = await show(program, options, async () => {
    // Nothing tells that nothing comes: this is several times what opening takes above.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  });
  expect(address).toMatch(/^http:/);
  expect(addressesIn(opened)).toEqual([]);
});
