/**
 * Downloads the files of a category of the Amazon 2014 collection, from where they are published or from a copy. An address holds the
 * files side by side, or in the folders of the published collection; a manifest `SHA256SUMS` at the address is believed.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError, DatasetError } from "../../errors.ts";
import { manifestName, parseManifest } from "./checksum-manifest.ts";
import { type DownloadOptions, type DownloadProgress, download, NotThere } from "./download.ts";
import { get } from "./http-get.ts";

export const amazonCategories = {
  baby: "Baby",
  sports: "Sports_and_Outdoors",
  clothing: "Clothing_Shoes_and_Jewelry",
  electronics: "Electronics",
} as const;

export type AmazonCategory = keyof typeof amazonCategories;

/** Where the collection is published; its home page is https://jmcauley.ucsd.edu/data/amazon/ */
export const amazonAddress = "http://snap.stanford.edu/data/amazon/productGraph";
export const amazonHomePage = "https://jmcauley.ucsd.edu/data/amazon/";

export interface FetchedFile {
  readonly file: string;
  readonly bytes: number;
  /** "there": it was before. */
  readonly outcome: "there" | "downloaded";
  /** Its SHA-256 is that of the server's manifest. */
  readonly verified: boolean;
}

export interface FetchAmazonOptions
  extends Pick<DownloadOptions, "signal" | "onNotice" | "timeoutMilliseconds" | "attempts" | "pauseMilliseconds"> {
  readonly category: AmazonCategory;
  /** Folder to write to; made where it is not there. */
  readonly out: string;
  /** Default: `amazonAddress`. */
  readonly address?: string | undefined;
  /** False: without the image features, the largest file by far. Default true. */
  readonly images?: boolean | undefined;
  readonly onProgress?: ((file: string, progress: DownloadProgress) => void) | undefined;
  readonly onFile?: ((fetched: FetchedFile) => void) | undefined;
}

/**
 * What is whole is left as it is; what was interrupted is continued.
 * @throws ConfigError for an address that is none; DatasetError when a file is not there, cannot be had, or has another checksum; the
 * signal's reason when stopped
 */
export async function fetchAmazon(options: FetchAmazonOptions): Promise<readonly FetchedFile[]> {
  const { category, out, images = true, onNotice, onProgress, onFile } = options;
  const base = parseAddress(options.address ?? amazonAddress);
  makeFolder(out);
  const digests = await fetchManifest(below(base, manifestName), options);
  if (digests === undefined)
    onNotice?.(`no checksums (${manifestName}) at ${base}: files are checked by their length only`);
  const fetched: FetchedFile[] = [];
  for (const { name, folder } of filesOf(amazonCategories[category], images)) {
    const sha256 = digests?.get(name);
    if (digests !== undefined && sha256 === undefined)
      onNotice?.(`${manifestName} does not list ${name}: it is checked by its length only`);
    const file = path.join(out, name);
    const outcome = await downloadFrom([below(base, name), below(base, `${folder}/${name}`)], file, {
      ...options,
      sha256,
      onProgress: (progress) => onProgress?.(name, progress),
    });
    const one: FetchedFile = { file, bytes: fs.statSync(file).size, outcome, verified: sha256 !== undefined };
    fetched.push(one);
    onFile?.(one);
  }
  return fetched;
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${folder} cannot be made a folder: ${reason}; choose another`, { cause: error });
  }
}

function filesOf(name: string, images: boolean): readonly { readonly name: string; readonly folder: string }[] {
  return [
    { name: `reviews_${name}_5.json.gz`, folder: "categoryFiles" },
    { name: `meta_${name}.json.gz`, folder: "categoryFiles" },
    ...(images ? [{ name: `image_features_${name}.b`, folder: "image_features/categoryFiles" }] : []),
  ];
}

/** From the first address that has the file. */
async function downloadFrom(
  addresses: readonly URL[],
  file: string,
  options: DownloadOptions,
): Promise<"there" | "downloaded"> {
  for (const address of addresses) {
    try {
      return await download(address, file, options);
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
    }
  }
  throw new DatasetError(
    `${path.basename(file)} is not there (404): looked for ${addresses.join(" and ")}; give the address of a copy with --address, the collection's home page is ${amazonHomePage}`,
  );
}

async function fetchManifest(
  address: URL,
  { timeoutMilliseconds = 60_000, signal }: FetchAmazonOptions,
): Promise<ReadonlyMap<string, string> | undefined> {
  let text = "";
  try {
    const response = await get(address, { timeoutMilliseconds, signal });
    try {
      if (response.statusCode !== 200) return undefined;
      response.setEncoding("utf8");
      for await (const chunk of response) {
        text += String(chunk);
        if (text.length > longestManifest) return undefined;
      }
    } finally {
      response.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DatasetError || !(error instanceof Error)) throw error;
    throw new DatasetError(
      `${address.host} cannot be reached: ${error.message || String("code" in error ? error.code : error.name)}; check the connection, or give another address with --address`,
      { cause: error },
    );
  }
  return parseManifest(text, address.href);
}

const longestManifest = 2 ** 20;

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigError(
      `"${text}" is no address to download from, expected http://… or https://…; local files need no fetch: give their folder to latticework prepare`,
    );
  }
  return url;
}

/** The address of something below another, whose query stays. */
function below(base: URL, name: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, "")}/${name}`;
  return url;
}
