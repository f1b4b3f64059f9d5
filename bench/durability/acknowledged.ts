/** What a writer says was acknowledged, a JSON text a line. */
import { z } from "zod";

export const acknowledgedSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("opened") }),
  z.object({ kind: z.literal("interactions"), keys: z.array(z.string()) }),
  z.object({ kind: z.literal("items"), ids: z.array(z.string()) }),
  z.object({ kind: z.literal("deleted"), id: z.string() }),
]);
export type Acknowledged = z.output<typeof acknowledgedSchema>;
