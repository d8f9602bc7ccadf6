/**
 * The key file that a server makes and a client of the same user finds.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";

/** Environment variable that holds a client's authkey. */
export const AUTHKEY_VARIABLE = "PALPABLE_AUTHKEY";

/** Where the key is by default: `palpable/authkey` in the user's config folder; null when there is no such folder. */
export function defaultAuthkeyFile(): string | null {
  const home = environment("HOME") ?? environment("USERPROFILE");
  const folder = Deno.build.os === "windows" ? environment("APPDATA") : environment("XDG_CONFIG_HOME") ||
    (home && (Deno.build.os === "darwin" ? `${home}/Library/Application Support` : `${home}/.config`));
  return folder ? `${folder}/palpable/authkey` : null;
}

/**
 * Reads a key file. Its last line break is not part of the key.
 *
 * @throws {TaskError} `AUTHKEY_UNUSABLE` when it cannot be read, is empty, or others may read it.
 */
export async function readAuthkeyFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new TaskError("AUTHKEY_UNUSABLE", `Cannot read the authkey file ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { mode } = await Deno.stat(path);
  if (mode !== null && Deno.build.os !== "windows" && (mode & 0o077) !== 0) {
    throw new TaskError(
      "AUTHKEY_UNUSABLE",
      `Cannot use the authkey file ${path}: others may read it; run "chmod 600 ${path}"`,
    );
  }
  const key = text.replace(/\r?\n$/, "");
  if (key === "") throw new TaskError("AUTHKEY_UNUSABLE", `Cannot use the authkey file ${path}: it is empty`);
  return key;
}

/**
 * The key a client uses: given, in the environment, or in the default file.
 *
 * @throws {TaskError} `AUTHKEY_UNUSABLE` when there is none.
 */
export async function findAuthkey(given?: string | Uint8Array, file?: string): Promise<string | Uint8Array> {
  if (given !== undefined) return given;
  if (file !== undefined) return await readAuthkeyFile(file);
  const path = defaultAuthkeyFile();
  const key = environment(AUTHKEY_VARIABLE) ??
    (path !== null && await exists(path) ? await readAuthkeyFile(path) : undefined);
  if (key) return key;
  throw new TaskError(
    "AUTHKEY_UNUSABLE",
    `Cannot find an authkey: pass authkey, set ${AUTHKEY_VARIABLE}, or start the server on this account so that it makes ${path}`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A variable of the environment; absent too when this program may not read it. */
export function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
