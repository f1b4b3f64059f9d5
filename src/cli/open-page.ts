/**
 * Opens an address in the browser of whoever sits at the terminal. Where nobody does (output into a file or a pipe, a machine that builds), nothing is opened;
 * where it does not work, one line says so, and the address that was printed before stands.
 */
import type { Terminal } from "./terminal.ts";

const builds = (): boolean => process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";

export async function openPage(address: string, terminal: Terminal): Promise<void> {
  if (!terminal.outputIsScreen || builds()) return;
  const failed = (): void => terminal.tell(`No browser could be opened here; open ${address} yourself.`);
  try {
    const { default: open } = await import("open");
    const launcher = await open(address);
    launcher.once("error", failed);
    launcher.once("exit", (code) => {
      if (code !== 0 && code !== null) failed();
    });
  } catch {
    failed();
  }
}
