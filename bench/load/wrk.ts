/**
 * Full load from wrk, where it is installed: a generator of a fraction of the processor time that one in Node takes, so that what is measured is the server and
 * not how two processes share the machine.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Answering, type FullLoad, headersOf, type Request } from "./answering.ts";

const connections = 10;

export function hasWrk(): boolean {
  try {
    execFileSync("wrk", ["-v"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // It says its version with status 1.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** JSON's strings are Lua's, as long as they hold no slash escapes or code points. */
const luaText = (text: string): string => JSON.stringify(text);

function script(server: Answering, requests: readonly Request[]): string {
  const lines = requests.map((request) => {
    const headers = Object.entries(headersOf(server, request)).map(
      ([name, value]) => `[${luaText(name)}]=${luaText(value)}`,
    );
    const body = request.body === undefined ? "nil" : luaText(request.body);
    return `  wrk.format(${luaText(request.method)}, ${luaText(request.path)}, {${headers.join(",")}}, ${body}),`;
  });
  return `local all
local n = 0
function init() all = {
${lines.join("\n")}
} end
function request() n = n % #all + 1 return all[n] end
`;
}

/** As many requests as are answered over ten connections. */
export async function fullLoadByWrk(
  server: Answering,
  requests: readonly Request[],
  seconds: number,
): Promise<FullLoad> {
  const folder = mkdtempSync(join(tmpdir(), "latticework-wrk-"));
  try {
    const file = join(folder, "requests.lua");
    writeFileSync(file, script(server, requests));
    const before = await server.taken();
    const address = `http://127.0.0.1:${server.port}`;
    const options = ["-t1", `-c${connections}`, `-d${Math.ceil(seconds)}s`, "-s", file, address];
    const { stdout } = await promisify(execFile)("wrk", options);
    const after = await server.taken();
    const refused = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
    const [, answered, took] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
    if (refused !== undefined || answered === undefined) throw new Error(`wrk: ${stdout}`);
    return {
      requestsPerSecond: Number(answered) / Number(took),
      processor: (after.processor - before.processor) / Number(answered),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
