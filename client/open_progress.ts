/**
 * Where a program shows how far its work is.
 *
 * @module
 */

import type { Progress } from "./progress_meter.ts";

/** Progress on the terminal; null when standard error is none. */
export async function openProgress(): Promise<Progress | null> {
  if (!Deno.stderr.isTerminal()) return null;
  // Loaded when needed, since every task that imports this package loads this file.
  const { openTerminalProgress } = await import("./terminal_progress.ts");
  return openTerminalProgress();
}
