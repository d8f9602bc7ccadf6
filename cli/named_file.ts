/**
 * Files and folders that flags name.
 *
 * @module
 */

import { CommandFailed } from "./cli_error.ts";

/** A path as it is meant: from the current folder on. */
export function absolutePath(path: string): string {
  return path.startsWith("/") || path.startsWith("file:") ? path : `${Deno.cwd()}/${path}`;
}

/** The text of a file; what is wrong with it is said together with the flag. */
export async function readNamedFile(flag: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new CommandFailed(`Cannot read the file of --${flag}: ${(error as Error).message}`, { cause: error });
  }
}

/** Fails when there is no such folder: a server that found out later would refuse task after task. */
export async function requireFolder(flag: string, path: string): Promise<void> {
  const info = await Deno.stat(path.startsWith("file:") ? new URL(path) : path).catch(() => null);
  if (!info?.isDirectory) throw new CommandFailed(`Cannot use --${flag}: there is no folder ${path}`);
}
