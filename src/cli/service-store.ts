/** The store of a service as commands use it: named by an option, opened, and closed whatever happens. */
import type { Store } from "../service/store/store.ts";

export interface StoreFlag {
  readonly store: string;
}

export const storeOption = [
  "--store <address>",
  "the service's store: a file for SQLite, or postgres://user:password@host:port/database",
] as const;

export async function withStore<T>(address: string, use: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import("../service/store/open-store.ts");
  const store = await openStore(address);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
