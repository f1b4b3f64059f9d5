/** The examples as they stand, each in a process of its own, against a service that runs. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { latticeworkOutput, type Running, repository, start, startLatticework } from "./command.ts";
import { quickly, writeSmallDataset } from "./small-dataset.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const run = join(folder, "run");
const running: Running[] = [];
let service = "";

const client = pathToFileURL(join(repository, "src", "service", "client", "index.ts")).href;
/** The package's name stands for its sources, so that nothing has to be built. */
const fromSources = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from "node:module";
   registerHooks({ resolve: (name, context, next) => next(name === "latticework/client" ? "${client}" : name, context) });`,
)}`;

function example(...words: readonly string[]): Running {
  const variables = { LATTICEWORK_URL: service, PORT: "0" };
  return start(process.execPath, ["--import", fromSources, ...words], { variables });
}

async function portSaid(started: Running, pattern: RegExp): Promise<string> {
  running.push(started);
  let output = "";
  for (const stream of [started.process.stdout, started.process.stderr]) {
    stream?.on("data", (text) => {
      output += String(text);
    });
  }
  await started.seen(pattern);
  return pattern.exec(output)?.[1] ?? "";
}

async function startExample(name: string): Promise<string> {
  const port = await portSaid(example(join("examples", name)), /port: (\d+)/);
  return `http://localhost:${port}`;
}

beforeAll(async () => {
  await latticeworkOutput("train", writeSmallDataset(folder), "--out", run, "--quiet", ...quickly, "--epochs", "5");
  const store = join(folder, "shop.sqlite");
  const started = startLatticework("serve", run, "--store", store, "--port", "0", "--rate", "0");
  service = `http://127.0.0.1:${await portSaid(started, /Serving at http:\/\/127\.0\.0\.1:(\d+)/)}`;
});
afterAll(() => {
  for (const { process } of running) process.kill("SIGKILL");
});

const listed = z.array(z.looseObject({ id: z.string() }));
const idsOf = (items: unknown): readonly string[] => listed.parse(items).map(({ id }) => id);

describe("the example for", () => {
  test("Express shows what is for somebody, and counts what they look at", async () => {
    const shop = await startExample("express.ts");
    const list = async (cookie: string) =>
      idsOf(await (await fetch(`${shop}/for-you`, { headers: { cookie } })).json());
    const cookie = "theme=dark; user=newcomer";
    const before = await list(cookie);
    expect(before).toHaveLength(12);
    const seen = before[0] ?? "";
    const answer = await fetch(`${shop}/products/${seen}/seen`, { method: "POST", headers: { cookie } });
    expect(answer.status).toBe(204);
    expect(await list(cookie)).not.toContain(seen);
    expect(await list("user=another")).toContain(seen);
  });

  test("Fastify shows products like a product, and says where there is none", async () => {
    const shop = await startExample("fastify.ts");
    const answer = await fetch(`${shop}/products/7/like-this`);
    const alike = idsOf(await answer.json());
    expect([answer.status, alike.length, alike.includes("7")]).toEqual([200, 8, false]);
    expect((await fetch(`${shop}/products/none/like-this`)).status).toBe(404);
  });

  test("Next answers for who has no account, by what they have seen", async () => {
    const ask = async (cookie: string): Promise<readonly string[]> => {
      const program = `
        import { GET } from ${JSON.stringify(pathToFileURL(join(repository, "examples", "next-route.ts")).href)};
        const response = await GET(new Request("http://shop.example/for-you", { headers: { cookie: ${JSON.stringify(cookie)} } }));
        console.log(response.status, await response.text());`;
      const { code, output, errors } = await example("--input-type=module", "--eval", program).ended;
      expect(code, errors).toBe(0);
      expect(output).toMatch(/^200 \[/);
      return idsOf(JSON.parse(output.slice(4)));
    };
    const known = await ask("seen=3,7,11");
    expect(known).toHaveLength(12);
    for (const id of ["3", "7", "11"]) expect(known).not.toContain(id);
    expect(await ask("theme=dark")).not.toEqual(known);
  });
});
