/**
 * Builds the publishable `dist/`: the kernels as WebAssembly, JavaScript and type declarations, the studio's page, from nothing, so
 * that no file of an earlier build is ever shipped. The command of the package is made executable, for `npx` in a clone.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const dist = join(root, "dist");

function runStep(command: string, ...parameters: string[]): void {
  const done = spawnSync(command, parameters, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (done.status !== 0) {
    console.error(`build: ${command} ${parameters.join(" ")} failed`);
    process.exit(1);
  }
}

if (existsSync(dist)) {
  for (const name of readdirSync(dist)) {
    if (!name.startsWith("kernels")) rmSync(join(dist, name), { recursive: true });
  }
}
runStep("npm", "run", "--silent", "build:kernels");
runStep("tsc", "-p", "tsconfig.build.json");
runStep("vite", "build", "--config", "src/studio/page/vite.config.ts", "--logLevel", "warn");
chmodSync(join(dist, "cli", "main.js"), 0o755);
