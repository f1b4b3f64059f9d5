/**
 * The command line as a whole: the commands, what is common to them, and what becomes of a failure. `runProgram` returns
 * the exit code and leaves ending the process to its caller, so that everything printed has left before.
 */
import { Command, CommanderError } from "commander";
import { packageVersion } from "../runs/environment.ts";
import { addBench } from "./bench.ts";
import { addCompare } from "./compare.ts";
import { addDemo } from "./demo.ts";
import { addEncode } from "./encode.ts";
import { addEvaluate } from "./evaluate.ts";
import { addExplain } from "./explain.ts";
import { addExport } from "./export.ts";
import { type ExitCode, exitCodeOf, failureText } from "./failure.ts";
import { addFetch } from "./fetch.ts";
import { addInspect } from "./inspect.ts";
import { addKey } from "./key.ts";
import { addLeaderboard } from "./leaderboard.ts";
import { addModel } from "./model.ts";
import { addPrepare } from "./prepare.ts";
import { addRecommend } from "./recommend.ts";
import { addServe } from "./serve.ts";
import { addSimilar } from "./similar.ts";
import { addStudio } from "./studio.ts";
import { addSweep } from "./sweep.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import { addTrain } from "./train.ts";
import { addWorker } from "./worker.ts";

function createProgram(terminal: Terminal): Command {
  const program = new Command("latticework")
    .description("Trains, evaluates and serves multimedia recommendation (LATTICE).")
    .version(packageVersion)
    .showHelpAfterError("(add --help for usage)")
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  latticework demo
  latticework inspect data/baby
  latticework train data/baby --out runs/baby
  latticework evaluate runs/baby
  latticework recommend runs/baby --user 17

Exit codes: 0 success, 1 failure, 2 wrong usage, 130 interrupted.`,
    );
  addDemo(program, terminal);
  addFetch(program, terminal);
  addEncode(program, terminal);
  addPrepare(program, terminal);
  addInspect(program, terminal);
  addTrain(program, terminal);
  addEvaluate(program, terminal);
  addCompare(program, terminal);
  addSweep(program, terminal);
  addWorker(program, terminal);
  addLeaderboard(program, terminal);
  addRecommend(program, terminal);
  addSimilar(program, terminal);
  addExplain(program, terminal);
  addStudio(program, terminal);
  addExport(program, terminal);
  addServe(program, terminal);
  addKey(program, terminal);
  addModel(program, terminal);
  addBench(program, terminal);
  return program;
}

/** @param words what stands after the command's name */
export async function runProgram(words: readonly string[]): Promise<ExitCode> {
  const terminal = processTerminal();
  const program = createProgram(terminal);
  if (words.length === 0) {
    program.outputHelp({ error: true });
    return 2;
  }
  try {
    await program.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.tell(failureText(error).replace(/^error:/m, terminal.colours.red("error:")));
    return exitCodeOf(error);
  }
}
