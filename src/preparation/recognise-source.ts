/** What somebody names as the source of a preparation: an address of a database, a folder, or a file. */
import fs from "node:fs";
import path from "node:path";
import { hasDescription } from "../data/native-description.ts";
import { isPostgresAddress } from "../data/postgres-address.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { recogniseAmazonFiles } from "./amazon/amazon-folder.ts";
import { type AmazonOptions, amazonSource } from "./amazon/amazon-source.ts";
import { datasetSource } from "./dataset-source.ts";
import { recogniseFile } from "./file-format.ts";
import { type FileReading, fileSource, type ItemsFile } from "./file-source.ts";
import { postgresSource } from "./postgres-source.ts";
import type { QueriedItems, QueryOptions } from "./query-rows.ts";
import type { InteractionColumns } from "./raw-views.ts";
import type { Source } from "./source.ts";
import { sqliteSource } from "./sqlite-source.ts";

/** Everything that can be said about how to read a source; what does not go with the kind of source is refused. */
export interface SourceRequest extends FileReading, InteractionColumns, QueryOptions, AmazonOptions {
  readonly items?: ItemsFile | QueriedItems | undefined;
}

/** Requests by their option, for refusing those that do not go with a source. */
const optionNames: Readonly<Partial<Record<keyof SourceRequest, string>>> = {
  format: "--format",
  delimiter: "--delimiter",
  header: "--no-header",
  encoding: "--encoding",
  user: "--user-column",
  item: "--item-column",
  rating: "--rating-column",
  time: "--time-column",
  event: "--event-column",
  timeFormat: "--time-format",
  query: "--query",
  table: "--table",
  items: "--items",
  paperText: "--paper-text",
  missingImages: "--missing-images",
};

const columnRequests = ["user", "item", "rating", "time", "event", "timeFormat", "items"] as const;
const textRequests = ["format", "delimiter", "header", "encoding"] as const;

function refuseOthers(request: SourceRequest, kind: string, allowed: readonly (keyof SourceRequest)[]): void {
  for (const [key, option] of Object.entries(optionNames)) {
    const given = Object.entries(request).some(([name, value]) => name === key && value !== undefined);
    if (given && !allowed.some((name) => name === key)) {
      throw new ConfigError(`${option} does not go with ${kind}; leave it out`);
    }
  }
}

/**
 * Finds out what the place is and makes it a source.
 * @throws ConfigError for options that do not go with it; DatasetError when there is nothing there, or nothing that is known
 */
export async function recogniseSource(place: string, request: SourceRequest = {}): Promise<Source> {
  if (isPostgresAddress(place)) {
    refuseOthers(request, "a PostgreSQL database", [...columnRequests, "query", "table"]);
    return postgresSource({ ...request, address: place });
  }
  const status = fs.statSync(place, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new DatasetError(
      `${place} is not there; expected a file of interactions, a dataset folder, the folder of an Amazon category, or postgres://…`,
    );
  }
  const isAmazon = !hasDescription(place) && recogniseAmazonFiles(place) !== undefined;
  if (isAmazon) {
    refuseOthers(request, "the Amazon files", ["paperText", "missingImages"]);
    return amazonSource(place, request);
  }
  if (status.isDirectory()) {
    refuseOthers(request, "a dataset that is prepared anew", []);
    return datasetSource(place);
  }
  const file = await recogniseFile(place, request.format);
  if (file.format === "sqlite") {
    refuseOthers(request, "a SQLite file", [...columnRequests, "query", "table", "format"]);
    return sqliteSource({ ...request, file: place });
  }
  refuseOthers(request, `a ${path.extname(place) || "plain"} file`, [...columnRequests, ...textRequests]);
  const { items, ...reading } = request;
  if (items !== undefined && !("file" in items)) {
    throw new ConfigError("--items-query and --items-table go with a database; name a file of items with --items");
  }
  return fileSource({ ...reading, items, file: place });
}
