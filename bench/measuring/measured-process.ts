/**
 * Runs a measurement in a process of its own, whose last line of output is a JSON object, so that its peak memory is its
 * own and nothing of an earlier measurement is warm.
 */
import { spawn } from "node:child_process";
import type { z } from "zod";

/**
 * Runs `command` and parses the last line it prints; its error output passes through.
 * @param environment over this process's; undefined takes a variable away
 * @throws Error when it fails, with what it wrote to its error output
 */
export async function measureInProcess<T>(
  command: string,
  parameters: readonly string[],
  schema: z.ZodType<T>,
  environment: NodeJS.ProcessEnv = {},
): Promise<T> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
    process.stderr.write(text);
  });
  const code = await new Promise<number | null>((settle, fail) => {
    child.on("error", fail);
    child.on("close", settle);
  });
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0) throw new Error(`${command} ${parameters.join(" ")} ended with ${code}:\n${errors.slice(-2000)}`);
  return schema.parse(JSON.parse(last));
}

/** Runs a TypeScript file of ours with the Node that runs this one. */
export function measureScript<T>(file: string, task: unknown, schema: z.ZodType<T>): Promise<T> {
  return measureInProcess(process.execPath, [file, JSON.stringify(task)], schema);
}

/** OpenBLAS picks the kernels that suit the processor, whatever the environment asks of other programs. */
const withoutBlasKernels = { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined };

/** Runs a PyTorch peer. @param python the Python that has PyTorch @param parameters the peer's file and its options */
export function measurePeerInProcess<T>(
  python: string,
  parameters: readonly string[],
  schema: z.ZodType<T>,
): Promise<T> {
  return measureInProcess(python, parameters, schema, withoutBlasKernels);
}
