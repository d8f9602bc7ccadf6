/**
 * The files of a server's log, one per category. One write at a time is under way for all of them, so that a file
 * system that does not answer takes one thread of the runtime's.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { BoundedOutput, type Loss, type OutputLine } from "./bounded_output.ts";
import { openLogFile } from "./log_file.ts";

/** Characters that wait for the disk. */
const MAX_CHARS = 8 * 2 ** 20;
/** Longest wait for them at the end, in milliseconds. */
const FLUSH_MS = 500;

/** What the files are made from. */
export interface LogFilesParams {
  folder: string;
  clock: Clock;
  /** The line that says how many are missing. */
  notice(dropped: number): OutputLine;
  /** Lines begin to be lost, see `BoundedOutputParams`. */
  onLoss(cause: unknown): void;
}

/** Writes lines to files, each as soon as the one before is written. */
export class LogFiles {
  #folder: string;
  #files = new Map<string, Deno.FsFile>();
  #output: BoundedOutput;
  #isClosed = false;

  constructor({ folder, ...params }: LogFilesParams) {
    this.#folder = folder;
    this.#output = new BoundedOutput({ ...params, maxChars: MAX_CHARS, write: (lines) => this.#write(lines) });
  }

  /** Adds a line to a category's file. */
  add(category: string, text: string): void {
    if (!this.#isClosed) this.#output.add({ file: category, text });
  }

  /** Resolves when all is written or lost, or after a while. */
  flushed(): Promise<void> {
    return this.#output.flushed(FLUSH_MS);
  }

  /** Writes out and closes, or gives up when that takes too long. */
  async close(): Promise<void> {
    await this.flushed();
    this.#isClosed = true;
    for (const name of [...this.#files.keys()]) this.#drop(name);
  }

  /** A file that cannot be written costs its own lines only. */
  async #write(lines: readonly OutputLine[]): Promise<Loss | void> {
    const texts = new Map<string, string[]>();
    for (const { file, text } of lines) {
      const known = texts.get(file);
      if (known === undefined) texts.set(file, [text]);
      else known.push(text);
    }
    const causes = new Map<string, unknown>();
    for (const [name, parts] of texts) {
      await this.#append(name, parts.join("")).catch((cause) => causes.set(name, cause));
    }
    if (causes.size === 0) return;
    const [cause] = causes.values();
    return { cause, isLost: ({ file }) => causes.has(file) };
  }

  async #append(name: string, text: string): Promise<void> {
    try {
      const bytes = new TextEncoder().encode(text);
      const file = await this.#fileOf(name);
      for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
    } catch (error) {
      // A full disk, or a folder that is gone, costs lines and nothing else. The next line tries anew.
      this.#drop(name);
      throw error;
    }
  }

  async #fileOf(name: string): Promise<Deno.FsFile> {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = await openLogFile(`${this.#folder}/${name}.log`);
    this.#files.set(name, file);
    return file;
  }

  #drop(name: string): void {
    try {
      this.#files.get(name)?.close();
    } catch {
      // What could not be written before cannot be closed in order either.
    }
    this.#files.delete(name);
  }
}
