/** What one picture is told from another by. */
import { hash } from "node:crypto";

/** @returns SHA-256 in hexadecimal digits */
export const pictureDigest = (picture: Uint8Array): string => hash("sha256", picture, "hex");
