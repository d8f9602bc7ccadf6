/**
 * The key that a server makes when none is given, in a file that only this user can read.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { errorNaming } from "../core/option_words.ts";
import { defaultAuthkeyFile, describeNoFolder, readAuthkeyFile } from "../client/authkey_file.ts";
import { isForeign } from "../client/owner.ts";

/** A key and where it is kept. */
export interface StoredAuthkey {
  readonly authkey: string;
  readonly file: string;
}

/**
 * The key in the default file, made there if need be.
 *
 * @throws {TaskError} `AUTHKEY_UNUSABLE` when there is no place for it, or when others can read it.
 */
export async function findOrMakeAuthkey(): Promise<StoredAuthkey> {
  const file = defaultAuthkeyFile();
  if (file === null) {
    throw noPlace(describeNoFolder());
  }
  try {
    await makeFile(file);
  } catch (error) {
    throw noPlace((error as Error).message, file, error);
  }
  return { authkey: await readAuthkeyFile(file), file };
}

function noPlace(why: string, file?: string, cause?: unknown): TaskError {
  const where = file === undefined ? "" : ` in ${file}`;
  return errorNaming(
    (call) => `Cannot keep an authkey${where}: ${why}; give ${call("authkey")} or ${call("authkeyFile")}`,
    (message) => new TaskError("AUTHKEY_UNUSABLE", message, cause === undefined ? undefined : { cause }),
  );
}

/** Makes the file where there is none. */
async function makeFile(file: string): Promise<void> {
  const folder = file.slice(0, file.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  // Who owns the folder could put another key there at any time.
  if (isForeign(await Deno.stat(folder))) throw new Error(`the folder ${folder} belongs to another user`);
  const secret = crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });
  // Written aside and linked into place whole: of two servers that start at once one makes it, and both use it.
  const aside = `${file}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(aside, `${secret}\n`, { createNew: true, mode: 0o600 });
  try {
    await Deno.link(aside, file);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(aside);
  }
}
