/** Addresses of PostgreSQL databases: told from files, and named in messages without user and password. */
import { ConfigError } from "../errors.ts";

/** Whether this is the address of a PostgreSQL database. */
export const isPostgresAddress = (place: string): boolean => /^postgres(ql)?:\/\//i.test(place);

/** Host and database of an address. @param of what it is the address of, for the message @throws ConfigError when it is none */
export function postgresLabel(address: string, of: string): string {
  try {
    const { host, pathname } = new URL(address);
    return `PostgreSQL at ${host || "localhost"}${pathname === "/" ? "" : pathname}`;
  } catch (error) {
    throw new ConfigError(
      `the address of the ${of} cannot be understood; expected postgres://user:password@host:port/database`,
      { cause: error },
    );
  }
}
