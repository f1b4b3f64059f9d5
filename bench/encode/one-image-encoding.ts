/** Pictures encoded, or only decoded, in a process of its own, so that its peak memory is its own. Takes its task as JSON in the first argument. */
import { z } from "zod";
import { createImageEncoder } from "../../src/features/image/open-image-encoder.ts";
import { openPictureReader } from "../../src/features/image/picture-reader.ts";

const imageTaskSchema = z.object({
  folder: z.string(),
  files: z.array(z.string()),
  parallel: z.int().min(1),
  work: z.enum(["decode", "encode"]),
});
export type ImageTask = z.infer<typeof imageTaskSchema>;

export const imageResultSchema = z.object({ missing: z.int(), seconds: z.number(), peakBytes: z.number() });
export type ImageResult = z.infer<typeof imageResultSchema>;

async function countMissing({ folder, files, parallel, work }: ImageTask): Promise<number> {
  if (work === "encode") {
    const encoder = await createImageEncoder({ imageRoot: folder, parallel });
    const rows = await encoder.encode(files);
    await encoder.close();
    return rows.filter((row) => "missing" in row).length;
  }
  const reader = await openPictureReader({ imageRoot: folder });
  let next = 0;
  let missing = 0;
  const lane = async (): Promise<void> => {
    while (next < files.length) if ("missing" in (await reader.read(files[next++], { square: 96 }))) missing++;
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  reader.close();
  return missing;
}

async function measure(task: ImageTask): Promise<ImageResult> {
  const started = performance.now();
  const missing = await countMissing(task);
  const seconds = (performance.now() - started) / 1000;
  return { missing, seconds, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

if (import.meta.main) {
  console.log(JSON.stringify(await measure(imageTaskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
}
