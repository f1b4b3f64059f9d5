/**
 * Proves the package as a stranger gets it: packs it, installs the tarball into an empty project with nothing else, runs
 * the command and a short demonstration there, then compiles and runs the TypeScript program of the README, which trains a model.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), "latticework-pack-"));
const project = join(folder, "project");
const patienceMilliseconds = 150_000;
/** The Node of the packages brings certificates of its own; where downloads pass a proxy, only the system knows the proxy's. */
const environment = { ...process.env, NODE_USE_SYSTEM_CA: "1" };

function run(cwd: string, command: string, ...words: string[]): string {
  console.log(`$ ${command} ${words.join(" ")}`);
  const done = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: patienceMilliseconds,
    env: environment,
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${done.status}:\n${done.stdout}`);
  return done.stdout;
}

/** A download may get stuck once without anything being wrong with the package. */
function runTwiceIfStuck(cwd: string, command: string, ...words: string[]): string {
  try {
    return run(cwd, command, ...words);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ETIMEDOUT")) throw error;
    console.log("took too long; once more");
    return run(cwd, command, ...words);
  }
}

function expectText(found: string, expected: RegExp): void {
  if (!expected.test(found)) throw new Error(`expected ${expected} in:\n${found}`);
  console.log(found.trim().split("\n").slice(0, 6).join("\n"));
}

/** The first TypeScript block of the README that imports the package. */
function exampleProgram(): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const block = [...readme.matchAll(/```ts\n(.*?)```/gs)]
    .map((match) => match[1] ?? "")
    .find((text) => text.includes('from "latticework"'));
  if (block === undefined) throw new Error('README.md has no ```ts block that imports from "latticework"');
  return block;
}

try {
  run(root, "npm", "pack", "--silent", "--pack-destination", folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack left no tarball");

  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
  runTwiceIfStuck(project, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error", join(folder, tarball));

  const latticework = join(project, "node_modules", ".bin", "latticework");
  expectText(run(project, latticework, "--version"), /^\d+\.\d+\.\d+$/m);
  expectText(run(project, latticework, "--help"), /train .*[\s\S]*recommend/);
  expectText(run(project, latticework, "demo", "--items", "60", "--users", "80", "--epochs", "3"), /LATTICE +0\.\d+/);

  writeFileSync(join(project, "example.ts"), exampleProgram());
  const compilerOptions = ["--strict", "--target", "es2024", "--module", "nodenext", "--skipLibCheck", "false"];
  run(project, join(root, "node_modules", ".bin", "tsc"), ...compilerOptions, "example.ts");
  expectText(run(project, "node", "example.js"), /^0\.\d+ \[/);
  console.log("the packed package installs, runs, compiles and trains");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
