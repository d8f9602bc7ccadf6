/**
 * The key file that a server makes and a client of the same user finds.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { errorNaming } from "../core/option_words.ts";
import { NotOwnFile, readOwnFile } from "./owner.ts";

/** Environment variable that holds a client's authkey. */
export const AUTHKEY_VARIABLE = "PALPABLE_AUTHKEY";

/** What {@linkcode defaultAuthkeyFile} looks at. */
const FOLDER_VARIABLES = Deno.build.os === "windows" ? ["APPDATA"] : ["HOME", "XDG_CONFIG_HOME"];

/** Where the key is by default: `palpable/authkey` in the user's config folder; null when there is no such folder. */
export function defaultAuthkeyFile(): string | null {
  const home = environment("HOME") ?? environment("USERPROFILE");
  const folder = Deno.build.os === "windows" ? environment("APPDATA") : environment("XDG_CONFIG_HOME") ||
    (home && (Deno.build.os === "darwin" ? `${home}/Library/Application Support` : `${home}/.config`));
  return folder ? `${folder}/palpable/authkey` : null;
}

/** Errors of a key that is not there yet: who makes it may come. */
const absent = new WeakSet<object>();

/** True for what was raised because there is no key, rather than one that cannot be used. */
export function isAbsentKey(error: unknown): boolean {
  return typeof error === "object" && error !== null && absent.has(error);
}

function absentKey(message: string, cause?: unknown): TaskError {
  const error = new TaskError("AUTHKEY_UNUSABLE", message, { cause });
  absent.add(error);
  return error;
}

/** A key is some dozen bytes; what is larger is another file. */
const MAX_KEY_BYTES = 64 * 1024;

/**
 * Reads a key file. Its last line break is not part of the key.
 *
 * @throws {TaskError} `AUTHKEY_UNUSABLE` when it cannot be read, is empty, is another user's, or others may read it.
 */
export async function readAuthkeyFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readOwnFile(path, MAX_KEY_BYTES);
  } catch (error) {
    const verb = error instanceof NotOwnFile ? "use" : "read";
    const message = `Cannot ${verb} the authkey file ${path}: ${(error as Error).message}`;
    if (error instanceof Deno.errors.NotFound) throw absentKey(message, error);
    throw new TaskError("AUTHKEY_UNUSABLE", message, { cause: error });
  }
  const key = text.replace(/\r?\n$/, "");
  // It may be on its way.
  if (key === "") throw absentKey(`Cannot use the authkey file ${path}: it is empty`);
  return key;
}

/**
 * The key a client uses: given, in the environment, or in the default file.
 *
 * @throws {TaskError} `AUTHKEY_UNUSABLE` when there is none, naming where it was looked for, or none that may be read.
 */
export async function findAuthkey(given?: string | Uint8Array, file?: string): Promise<string | Uint8Array> {
  if (given !== undefined) return given;
  if (file !== undefined) return await readAuthkeyFile(file);
  const path = defaultAuthkeyFile();
  const key = environment(AUTHKEY_VARIABLE) ??
    (path !== null && await mayExist(path) ? await readAuthkeyFile(path) : undefined);
  if (key) return key;
  throw errorNaming(
    (call) =>
      `Cannot find an authkey: ${describeVariable()}, and ${describeFile(path)}; give ${
        call("authkey", "authkey or authkeyFile")
      }, set ${AUTHKEY_VARIABLE}, or start the server on this account so that it makes the file`,
    absentKey,
  );
}

function describeVariable(): string {
  if (!mayRead(AUTHKEY_VARIABLE)) {
    return `the variable ${AUTHKEY_VARIABLE} may not be read (run with --allow-env=${AUTHKEY_VARIABLE})`;
  }
  return `the variable ${AUTHKEY_VARIABLE} is ${environment(AUTHKEY_VARIABLE) === "" ? "empty" : "not set"}`;
}

function describeFile(path: string | null): string {
  return path === null ? describeNoFolder() : `there is no file ${path}`;
}

/** Why there is no default file, neither to read nor to make. */
export function describeNoFolder(): string {
  const unread = FOLDER_VARIABLES.filter((name) => !mayRead(name));
  if (unread.length === 0) return "there is no home folder to look for its file in";
  return `the folder of its file is not known (run with --allow-env=${unread.join(",")})`;
}

/** False only where it is known that nothing is there: what cannot be looked at has an error of its own. */
async function mayExist(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

function mayRead(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** A variable of the environment; absent too when this program may not read it. */
export function environment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch {
    return undefined;
  }
}
