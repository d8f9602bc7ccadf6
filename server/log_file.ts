/**
 * Files of the log: regular files of this user that nobody else reads, since tasks log what they work on.
 *
 * @module
 */

import { isForeign, isOpenToOthers, whyUnsafe } from "../client/owner.ts";

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
    for await (const { name } of Deno.readDir(folder)) {
      if (LOG_FILE.test(name)) await requireLogFile(`${folder}/${name}`);
    }
  } catch (error) {
    const remedy = "remove what is in the way, or give a folder of this user";
    throw new RangeError(`Cannot use logFolder ${folder}: ${(error as Error).message}; ${remedy}`, { cause: error });
  }
}

/** Opens a file to add to it, and makes it where there is none; throws when what is there is none for a log. */
export async function openLogFile(path: string): Promise<Deno.FsFile> {
  await requireLogFile(path);
  const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  try {
    const info = await file.stat();
    requireOwnFile(path, info);
    // Made by an earlier release, it is open to others.
    if (isOpenToOthers(info)) await Deno.chmod(path, 0o600);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Before it is opened: to open a FIFO is to wait for whoever reads it. */
async function requireLogFile(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  try {
    info = await Deno.stat(path);
  } catch (error) {
    throw new Error(`${path} is a link that leads nowhere`, { cause: error });
  }
  requireOwnFile(path, info);
}

function requireOwnFile(path: string, info: Deno.FileInfo): void {
  if (!info.isFile) throw new Error(`${path} is no regular file`);
  if (isForeign(info)) throw new Error(`${path} belongs to another user`);
}
