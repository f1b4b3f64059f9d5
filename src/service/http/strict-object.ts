/** Objects that take no field they do not know: an unknown one is refused with the nearest that was probably meant. */
import { z } from "@hono/zod-openapi";
import { nearestName } from "../../features/nearest-name.ts";

export function strictObject<T extends z.ZodRawShape>(shape: T) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const said = issue.keys.map((key) => {
        const nearest = nearestName(key.slice(0, 64), names);
        const hint = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
        return `${JSON.stringify(key.slice(0, 64))} is not known here${hint}`;
      });
      const known = names.length === 0 ? "nothing is" : names.join(", ");
      return `${said.slice(0, 5).join("; ")} (known: ${known})`;
    },
  });
}
