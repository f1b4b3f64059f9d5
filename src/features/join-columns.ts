/** Several columns of the items as one text an item, pass by pass and in bounded memory. */

/**
 * Stands between the columns of one text (the unit separator of ASCII): the classic text encoder takes each part as a field of its
 * own; others get a line break instead.
 */
export const fieldSeparator = "\u001f";

type Pass = () => AsyncIterable<readonly string[]>;

/** Hands out the values of a pass in whatever portions are asked for. */
function portions(pass: Pass): { take(count: number): Promise<readonly string[]>; end(): Promise<void> } {
  const iterator = pass()[Symbol.asyncIterator]();
  let held: readonly string[] = [];
  return {
    take: async (count) => {
      const taken: string[] = [];
      while (taken.length < count) {
        if (held.length === 0) {
          const next = await iterator.next();
          if (next.done === true) break;
          held = next.value;
          continue;
        }
        const part = held.slice(0, count - taken.length);
        taken.push(...part);
        held = held.slice(part.length);
      }
      return taken;
    },
    end: async () => {
      await iterator.return?.();
    },
  };
}

/**
 * @param columns fresh passes over the columns, all in item order
 * @returns fresh passes over the joined texts; an item whose columns are all empty has ""
 */
export function joinColumns(columns: readonly Pass[], separator: string): Pass {
  const [only] = columns;
  if (columns.length === 1 && only !== undefined) return only;
  return async function* () {
    const [first, ...others] = columns;
    if (first === undefined) return;
    const rest = others.map(portions);
    try {
      for await (const values of first()) {
        const parts = [values];
        for (const one of rest) parts.push(await one.take(values.length));
        yield values.map((_, row) => {
          const fields = parts.map((part) => (part[row] ?? "").replaceAll(fieldSeparator, " "));
          if (fields.every((field) => field.trim() === "")) return "";
          // The classic encoder tells fields by their place; for readers of plain text an empty line says nothing.
          return separator === fieldSeparator
            ? fields.join(separator)
            : fields.filter((field) => field.trim() !== "").join(separator);
        });
      }
    } finally {
      for (const one of rest) await one.end();
    }
  };
}
