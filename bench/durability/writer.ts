/**
 * A process that writes into a store without an end, to be killed: mixed writes of several at once, and a line on the standard output for each write that
 * was acknowledged. What it writes follows from the number of its round and its own count, so that what should be there can be told from the lines alone.
 */
import { writeSync } from "node:fs";
import { openStore } from "../../src/service/store/open-store.ts";
import { type Store, StoreUnavailable } from "../../src/service/store/store.ts";
import type { Acknowledged } from "./acknowledged.ts";

const [address = "", round = "0"] = process.argv.slice(2);
/** Writers at once. */
const writers = 4;

// One write to a pipe, whole or not at all: a kill cannot cut a line that others follow.
const tell = (line: Acknowledged): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

const bulkSize = 5;

async function writeOnce(store: Store, writer: number, count: number): Promise<void> {
  const name = `${round}-${writer}-${count}`;
  const interaction = (n: number) => ({
    key: `${name}#${n}`,
    user: `user ${writer}`,
    item: `item ${n}`,
    event: "view",
    weight: 1,
    at: count,
  });
  switch (count % 4) {
    case 0:
    case 1: {
      const list = Array.from({ length: count % 4 === 0 ? 1 : bulkSize }, (_, n) => interaction(n));
      await store.addInteractions(list);
      tell({ kind: "interactions", keys: list.map(({ key }) => key) });
      return;
    }
    case 2: {
      const ids = [`${name} a`, `${name} b`];
      await store.putItems(
        ids.map((id) => ({
          id,
          title: name,
          categories: [],
          attributes: {},
          features: {},
          encoded: { by: "bench", features: { text: Float32Array.of(count, writer) } },
          picture: new Uint8Array(3000).fill(count % 251),
        })),
      );
      tell({ kind: "items", ids });
      return;
    }
    default: {
      const id = `${round}-${writer}-${count - 1} a`;
      await store.deleteItem(id);
      tell({ kind: "deleted", id });
    }
  }
}

const store = await openStore(address);
tell({ kind: "opened" });
for (let writer = 0; writer < writers; writer++) {
  void (async () => {
    for (let count = 0; ; ) {
      try {
        await writeOnce(store, writer, count);
        count++;
      } catch (error) {
        // The same write once more, as a client would.
        if (!(error instanceof StoreUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  })();
}
