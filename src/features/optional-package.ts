/** Packages that only some users need: loaded when they are needed, and asked for by name when they are not there. */
import { ConfigError } from "../errors.ts";

/**
 * @param subject what needs the package, as the message begins: "neural encoders"
 * @param load imports it; a function of its own, so that its type is known
 * @throws ConfigError that says how to install it
 */
export async function loadOptionalPackage<T>(subject: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const absent =
      error instanceof Error &&
      "code" in error &&
      error.code === "ERR_MODULE_NOT_FOUND" &&
      error.message.includes(name);
    const found = absent ? `${name}, which is not installed` : `${name}, which cannot be loaded (${String(error)})`;
    throw new ConfigError(`${subject} need the package ${found}: npm install ${name}`, { cause: error });
  }
}
