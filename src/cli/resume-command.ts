/** The command line that continues an interrupted training: the one that was given, with `--resume`. */

/** @param argv as `process.argv`: the Node, the script, then the words of the command */
export function resumeCommand(argv: readonly string[]): string {
  const words = argv.slice(2).filter((word) => word !== "--resume" && word !== "--overwrite");
  return ["latticework", ...words.map(shellWord), "--resume"].join(" ");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
