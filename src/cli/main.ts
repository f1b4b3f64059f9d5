#!/usr/bin/env node
/**
 * The command `latticework`. It loads nothing before it has looked at the Node it runs under, so that an old one is
 * answered in words and not with a syntax error.
 */
const oldestNode = 24;

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  process.stderr.write(
    `latticework: needs Node ${oldestNode} or newer, this is ${process.version}; install a newer Node, or in a clone run it through npx\n`,
  );
  process.exitCode = 1;
} else {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2));
}

export {};
