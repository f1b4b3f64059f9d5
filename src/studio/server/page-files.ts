/** The files of the built page. Their names are listed once; whatever else is asked for gets the page itself, whose own router reads the address. */
import fs from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { RunError } from "../../errors.ts";

export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly caching: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Where the build puts the page: beside this file's folder in `dist`, and in `dist` of the clone when run from the sources. */
const folder = import.meta.filename.endsWith(".ts")
  ? path.join(import.meta.dirname, "..", "..", "..", "dist", "studio", "page")
  : path.join(import.meta.dirname, "..", "page");

/** Whether the page was built. */
export const pageIsBuilt = (): boolean => fs.existsSync(path.join(folder, "index.html"));

/**
 * @param address the path of the request, of which only a name below `assets` counts
 * @throws RunError when the page was never built
 */
export async function pageFile(address: string): Promise<PageFile> {
  if (!pageIsBuilt()) throw new RunError("the studio's page is not built; run npm run build first");
  const asset = /\/assets\/([\w.-]+)$/.exec(address)?.[1];
  const names = fs.readdirSync(path.join(folder, "assets"));
  const found = asset !== undefined && names.includes(asset) ? asset : undefined;
  const file = found === undefined ? "index.html" : path.join("assets", found);
  return {
    bytes: Uint8Array.from(await readFile(path.join(folder, file))),
    type: types[path.extname(file)] ?? "application/octet-stream",
    caching: found === undefined ? "no-cache" : "public, max-age=31536000, immutable",
  };
}
