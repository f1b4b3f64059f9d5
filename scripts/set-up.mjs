/**
 * Makes a clone ready: installs the locked packages when they are missing or differ from the lockfile, and builds
 * `dist/` (kernels and JavaScript) when it is missing or older than the sources. `npm test` and `npm run demo` call it
 * first. Plain JavaScript for any Node from 18 on, because the Node that Latticework needs comes with the packages.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function npm(reason, ...parameters) {
  console.error(`${reason} (npm ${parameters.join(" ")}) …`);
  const done = spawnSync("npm", parameters, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (done.status !== 0) {
    console.error(`set-up: npm ${parameters.join(" ")} failed; what it said stands above.`);
    process.exit(1);
  }
}

/** True when every locked package that this platform needs is installed in its locked version. */
function packagesAreInstalled() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile) || !existsSync(join(root, "node_modules", ".bin"))) return false;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  return Object.entries(locked).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    return found === undefined
      ? entry.optional === true || entry.devOptional === true
      : found.version === entry.version;
  });
}

/** The time of the latest change of a file or of anything in a folder, in milliseconds. */
function latestChange(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, latestChange(join(path, name))), 0);
}

function buildIsFresh() {
  const products = ["dist/kernels.wasm", "dist/cli/main.js"].map((path) => join(root, path));
  if (!products.every((path) => existsSync(path))) return false;
  const built = Math.min(...products.map((path) => statSync(path).mtimeMs));
  return ["src", "kernels", "tsconfig.json", "tsconfig.build.json"].every(
    (path) => latestChange(join(root, path)) <= built,
  );
}

if (!packagesAreInstalled()) npm("Installing packages", "ci", "--no-audit", "--no-fund", "--loglevel=error");
if (!buildIsFresh()) npm("Building", "run", "--silent", "build");
