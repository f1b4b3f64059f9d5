/** A store by its address: a file for SQLite, with or without `sqlite:` before it, or a PostgreSQL database. */
import { isPostgresAddress } from "../../data/postgres-address.ts";
import { ConfigError } from "../../errors.ts";
import type { Store } from "./store.ts";

/** @throws ConfigError for an address of no known kind, or a store that cannot be opened */
export async function openStore(address: string): Promise<Store> {
  if (isPostgresAddress(address)) {
    const { openPostgresStore } = await import("./postgres-store.ts");
    return openPostgresStore(address);
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "sqlite") {
    throw new ConfigError(
      `store ${scheme}:… is of no known kind; expected a file, such as data/shop.sqlite, or postgres://user:password@host:port/database`,
    );
  }
  const file = address.replace(/^sqlite:(\/\/(?=\/))?/i, "");
  if (file === "") throw new ConfigError("store: no file is named; expected one such as data/shop.sqlite");
  const { openSqliteStore } = await import("./sqlite-store.ts");
  return openSqliteStore(file);
}
