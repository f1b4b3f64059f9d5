/** A folder of its own for a test file; whoever asks takes it away. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export const temporaryRoot = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "latticework-service-"));
