/**
 * Files of the log: regular files of this user that nobody else reads, since tasks log what they work on.
 *
 * @module
 */

import { isForeign, isOpenToOthers, whyUnsafe } from "../wire/owner.ts";

/** What a server names its logs. */
const LOG_FILE = /^(Server|Worker-\d+)\.log$/;

/**
 * Makes the folder where it is missing, and looks at what is there.
 *
 * @throws {RangeError} when it cannot be used for logs, or holds something under a log's name that is no file for it.
 */
export async function openLogFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const why = await whyUnsafe(folder);
    if (why !== null) throw new Error(`${why}, who could have the log written elsewhere`);
    for await (const { name } of Deno.readDir(folder)) if (LOG_FILE.test(name)) requireLogFile(`${folder}/${name}`);
  } catch (error) {
    const remedy = "remove what is in the way, or give a folder of this user";
    throw new RangeError(`Cannot use logFolder ${folder}: ${(error as Error).message}; ${remedy}`, { cause: error });
  }
}

/** Makes a file, to be opened by name right after, or looks at the one that is there; throws when it is none for a log. */
export function makeLogFile(path: string): void {
  requireLogFile(path);
  using file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  const info = file.statSync();
  requireOwnFile(path, info);
  // Made by an earlier release, it is open to others.
  if (isOpenToOthers(info)) Deno.chmodSync(path, 0o600);
}

/** Before it is opened: to open a FIFO is to wait for whoever reads it. */
function requireLogFile(path: string): void {
  let info: Deno.FileInfo;
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  try {
    info = Deno.statSync(path);
  } catch (error) {
    throw new Error(`${path} is a link that leads nowhere`, { cause: error });
  }
  requireOwnFile(path, info);
}

function requireOwnFile(path: string, info: Deno.FileInfo): void {
  if (!info.isFile) throw new Error(`${path} is no regular file`);
  if (isForeign(info)) throw new Error(`${path} belongs to another user`);
}
