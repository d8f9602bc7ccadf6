/**
 * Configuration files of projects, which others choose: regular files of a bounded size, looked at before anything
 * reads them, and read with a deadline.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isHelperVariable } from "./helper_environment.ts";
import type { HelperTimer } from "./helper_programs.ts";

/** Most that a configuration file may hold. */
export const MAX_CONFIG_BYTES = 2 ** 20;
/** Most that a lock file may hold: those of large projects are some megabytes. */
export const MAX_LOCK_BYTES = 8 * 2 ** 20;

/** Longest wait for a file, in milliseconds: it may lie on a disk that does not answer, or the machine is busy. */
const READ_MS = 20_000;

/** Looks at configuration files. */
export class ConfigFiles {
  #timer: HelperTimer;

  constructor(timer: HelperTimer) {
    this.#timer = timer;
  }

  /**
   * True when there is such a file and it can be used; false when there is none.
   *
   * @throws {TaskError} `MODULE_LOAD_FAILED` for anything else: a folder, a pipe, a device, a ring of links, a large one.
   */
  async has(path: string, maxBytes = MAX_CONFIG_BYTES): Promise<boolean> {
    const info = await this.#stat(path);
    if (info === null) return false;
    if (info.isFile && info.size <= maxBytes) return true;
    throw unusable(path, info.isFile ? `it has ${info.size} bytes` : `it is ${kindOf(info)}`, maxBytes);
  }

  /**
   * The text of such a file; null when there is none.
   *
   * @throws {TaskError} `MODULE_LOAD_FAILED`, as {@linkcode has}, and for what is not UTF-8.
   */
  async read(path: string, maxBytes = MAX_CONFIG_BYTES): Promise<string | null> {
    if (!await this.has(path, maxBytes)) return null;
    // It may be another file by now: no more is read than would have been allowed.
    const bytes = await this.#inTime(path, readFile(path, maxBytes + 1));
    if (bytes === null) return null;
    if (bytes.length > maxBytes) throw unusable(path, "it has grown meanwhile", maxBytes);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      throw unusable(path, "it is not UTF-8", maxBytes);
    }
  }

  /**
   * Refuses a file of npm settings that names a variable which helpers have: Deno would put its value into requests to
   * whatever registry the file names.
   *
   * @returns whether there is such a file.
   */
  async hasNpmrc(path: string): Promise<boolean> {
    const text = await this.read(path);
    if (text === null) return false;
    for (const reference of referencesIn(text)) {
      const name = reference.match(/\w+/g)?.find(isHelperVariable);
      if (name === undefined) continue;
      throw new TaskError(
        "MODULE_LOAD_FAILED",
        `Cannot use ${path}: it names the variable ${name}, and the server's variables are not for projects; write the value itself`,
      );
    }
    return true;
  }

  /** Null when there is none. A place where nobody may look is as good as empty: Deno cannot read it either. */
  async #stat(path: string): Promise<Deno.FileInfo | null> {
    return await this.#inTime(
      path,
      Deno.stat(path).catch((error) => {
        if (isAbsent(error)) return null;
        throw unusable(path, error instanceof Deno.errors.FilesystemLoop ? "it is a link to itself" : error.name);
      }),
    );
  }

  async #inTime<T>(path: string, work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const alarm = this.#timer.after(READ_MS, () => reject(unusable(path, "the disk does not answer")));
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.#timer.cancel(alarm);
    }
  }
}

/** What stands between `${` and the next `}`. By no expression: one looks for the end anew behind each beginning. */
function* referencesIn(text: string): Generator<string> {
  for (let from = text.indexOf("${"); from !== -1;) {
    const end = text.indexOf("}", from);
    if (end === -1) return;
    yield text.slice(from, end);
    from = text.indexOf("${", end);
  }
}

async function readFile(path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    using file = await Deno.open(path);
    const bytes = new Uint8Array(maxBytes);
    let length = 0;
    while (length < maxBytes) {
      const read = await file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw unusable(path, (error as Error).name);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

function kindOf(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  return info.isFifo ? "a pipe" : info.isSocket ? "a socket" : "a device";
}

function unusable(path: string, why: string, maxBytes = MAX_CONFIG_BYTES): TaskError {
  return new TaskError(
    "MODULE_LOAD_FAILED",
    `Cannot use ${path}: ${why}; it must be a regular file of at most ${maxBytes / 2 ** 20} MiB, in UTF-8`,
  );
}
