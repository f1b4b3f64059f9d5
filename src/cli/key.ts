/** `latticework key`: access keys of a service, made, listed and revoked in its store. */
import { type Command, Option } from "commander";
import type { Scope } from "../service/store/store.ts";
import { decimal } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { type StoreFlag, storeOption, withStore } from "./service-store.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface CreateFlags extends StoreFlag {
  readonly scope: Scope;
  readonly name?: string;
  readonly days?: number;
}

const dayMilliseconds = 86_400_000;

export function addKey(program: Command, terminal: Terminal): void {
  const keys = program
    .command("key")
    .summary("access keys of a service: create, list, revoke")
    .description(
      "Keys are kept in the service's store, as hashes. A service that runs knows of a change within seconds.",
    )
    .addHelpText(
      "after",
      `
Examples:
  latticework key create --scope read --store data/shop.sqlite
  latticework key create --scope write --name importer --days 90 --store data/shop.sqlite
  latticework key list --store data/shop.sqlite
  latticework key revoke 0123456789abcdef --store data/shop.sqlite`,
    );
  keys
    .command("create")
    .description("Makes a key and prints it, this once.")
    .requiredOption(...storeOption)
    .addOption(
      new Option("--scope <name>", "read: lists and reasons; write: items and interactions too; admin: everything")
        .choices(["read", "write", "admin"])
        .makeOptionMandatory(),
    )
    .option("--name <name>", "what it is for")
    .option("--days <n>", "valid for so long (default: until it is revoked)", decimal(0))
    .action((flags: CreateFlags) =>
      withStore(flags.store, async (store) => {
        const { createKey } = await import("../service/access/api-keys.ts");
        const now = Date.now();
        const expiresAt = flags.days === undefined ? undefined : now + Math.round(flags.days * dayMilliseconds);
        const { key } = await createKey(store, { scope: flags.scope, name: flags.name, expiresAt }, now);
        terminal.print(key);
        terminal.tell("Keep it: it is not shown again.");
      }),
    );
  keys
    .command("list")
    .description("Lists the keys without their secrets.")
    .requiredOption(...storeOption)
    .action((flags: StoreFlag) =>
      withStore(flags.store, async (store) => {
        const day = (at: number | undefined): string =>
          at === undefined ? "" : new Date(at).toISOString().slice(0, 10);
        const rows = (await store.keys()).map(({ id, name, scope, createdAt, expiresAt, revokedAt }) => [
          id,
          name,
          scope,
          day(createdAt),
          day(expiresAt),
          day(revokedAt),
        ]);
        const heads = ["key", "name", "scope", "created", "expires", "revoked"];
        terminal.print(
          tableText(
            heads.map((head) => ({ head })),
            rows,
          ),
        );
      }),
    );
  keys
    .command("revoke")
    .description("Makes a key invalid for good.")
    .argument("<id>", "as key list shows it, or the whole key")
    .requiredOption(...storeOption)
    .action((id: string, flags: StoreFlag) =>
      withStore(flags.store, async (store) => {
        const shortId = /^lw_([0-9a-f]{16})_/.exec(id)?.[1] ?? id;
        if (!(await store.revokeKey(shortId, Date.now()))) {
          throw new UsageError(`there is no key ${shortId}; key list shows those there are`);
        }
        terminal.tell(`Revoked ${shortId}.`);
      }),
    );
}
