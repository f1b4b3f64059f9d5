/**
 * From what a catalogue says ("photos/12.jpg") to a file that may be read: below the catalogue's folder, really there, and a file. Whatever
 * leads out of the folder (`../`, an absolute path, a symbolic link) is refused before anything of it is opened, and addresses are not
 * fetched. Nothing here fails: an item whose file cannot be used is missing, with the reason.
 */
import type { Stats } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { ConfigError } from "../errors.ts";
import type { Missing } from "./encoder.ts";

export interface CatalogueFile {
  /** Absolute, without symbolic links. */
  readonly path: string;
  readonly bytes: number;
  /** The first bytes, at most 64. */
  readonly head: Uint8Array;
}

/** What is looked for, as it stands in messages. */
export type CatalogueFileKind = "picture" | "sound";

export interface CatalogueFolder {
  /** @param value as in the catalogue: a path relative to the folder, or an absolute one inside it */
  find(value: string): Promise<CatalogueFile | Missing>;
}

const headLength = 64;
const longestShown = 120;

/** A value of the catalogue as it stands in messages. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > longestShown ? `${value.slice(0, longestShown)}…` : value);
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function leadsOutside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function refusedAddress(value: string, kind: CatalogueFileKind): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined && !value.startsWith("//")) return undefined;
  if (scheme === "data") return `a data: address holds no file; write the ${kind} into a file and name that`;
  return `${quoted(value)} is an address; ${kind}s are not fetched: download them and name the files`;
}

function unreadable(value: string, error: unknown, kind: CatalogueFileKind): string {
  const code = errorCode(error);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `there is no file ${quoted(value)} in the ${kind} folder`;
    case "EACCES":
    case "EPERM":
      return `${quoted(value)} may not be read (permission denied)`;
    case "ELOOP":
      return `${quoted(value)} is a symbolic link that leads in a circle`;
    default:
      return `${quoted(value)} cannot be opened (${code ?? String(error)})`;
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  await using file = await open(path, "r");
  const head = new Uint8Array(headLength);
  const { bytesRead } = await file.read(head, 0, headLength, 0);
  return head.subarray(0, bytesRead);
}

/**
 * @param folder below which every file of the catalogue lies
 * @throws ConfigError when it is no folder
 */
export async function openCatalogueFolder(folder: string, kind: CatalogueFileKind): Promise<CatalogueFolder> {
  const named = resolve(folder);
  let root: string;
  try {
    root = await realpath(named);
    if (!(await stat(root)).isDirectory()) throw new ConfigError("not a folder");
  } catch {
    throw new ConfigError(`${kind} folder ${folder}: there is no such folder; name the one that the ${kind}s lie in`);
  }
  const find = async (value: string): Promise<CatalogueFile | Missing> => {
    if (value.trim() === "") return { missing: `no ${kind} is named` };
    const address = refusedAddress(value, kind);
    if (address !== undefined) return { missing: address };
    if (value.includes("\0")) return { missing: `${quoted(value)} holds a zero byte and can be no path` };
    const wanted = resolve(named, value);
    const outside = { missing: `${quoted(value)} leads outside the ${kind} folder and is not opened` };
    if (leadsOutside(named, wanted) && leadsOutside(root, wanted)) return outside;
    try {
      const path = await realpath(wanted);
      if (leadsOutside(root, path)) return outside;
      const status: Stats = await stat(path);
      if (status.isDirectory()) return { missing: `${quoted(value)} is a folder, not a ${kind}` };
      if (!status.isFile()) return { missing: `${quoted(value)} is no ordinary file` };
      if (status.size === 0) return { missing: `${quoted(value)} is empty (0 bytes)` };
      return { path, bytes: status.size, head: await readHead(path) };
    } catch (error) {
      return { missing: unreadable(value, error, kind) };
    }
  };
  return { find };
}
