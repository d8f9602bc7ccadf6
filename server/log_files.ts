/**
 * The files of a server's log, one per category. One write at a time is under way for all of them, so that a file
 * system that does not answer takes one thread of the runtime's.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import { BoundedOutput, type Loss, type OutputLine } from "./bounded_output.ts";
import { openLogFile } from "./log_file.ts";
import type { LogRoom } from "./log_room.ts";

/** Files that are open at a time: each process of a task has one. */
const MAX_OPEN = 100;
/** Characters that wait for the disk. */
const MAX_CHARS = 8 * 2 ** 20;
/** Longest wait for them at the end, in milliseconds. */
const FLUSH_MS = 500;

/** What the files are made from. */
export interface LogFilesParams {
  folder: string;
  /** How large files may become. */
  room: LogRoom;
  clock: Clock;
  /** The line that says how many are missing. */
  notice(dropped: number): OutputLine;
  /** Lines begin to be lost, see `BoundedOutputParams`. */
  onLoss(cause: unknown): void;
}

/** One that is open, and how large it is. */
interface OpenFile {
  readonly file: Deno.FsFile;
  size: number;
}

/** Writes lines to files, each as soon as the one before is written. */
export class LogFiles {
  #folder: string;
  #room: LogRoom;
  /** In the order in which they were opened. */
  #files = new Map<string, OpenFile>();
  #output: BoundedOutput;
  #isWriting = false;
  /** All are to be closed, as soon as nothing is written to them. */
  #isStale = false;
  #isClosed = false;

  constructor({ folder, room, ...params }: LogFilesParams) {
    this.#folder = folder;
    this.#room = room;
    this.#output = new BoundedOutput({ ...params, maxChars: MAX_CHARS, write: (lines) => this.#write(lines) });
  }

  /** Adds a line to a category's file. */
  add(category: string, text: string): void {
    if (!this.#isClosed) this.#output.add({ file: category, text });
  }

  /** Closes the files, which somebody may have moved: the next line of each opens it anew. */
  reopen(): void {
    this.#isStale = true;
    if (!this.#isWriting) this.#dropAll();
  }

  /** Resolves when all is written or lost, or after a while. */
  flushed(): Promise<void> {
    return this.#output.flushed(FLUSH_MS);
  }

  /** Writes out and closes, or gives up when that takes too long. */
  async close(): Promise<void> {
    await this.flushed();
    this.#isClosed = true;
    this.#dropAll();
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
    this.#isWriting = true;
    for (const [name, parts] of texts) {
      await this.#append(name, parts).catch((cause) => causes.set(name, cause));
    }
    this.#isWriting = false;
    if (this.#isStale) this.#dropAll();
    if (causes.size === 0) return;
    const [cause] = causes.values();
    return { cause, isLost: ({ file }) => causes.has(file) };
  }

  async #append(name: string, lines: readonly string[]): Promise<void> {
    try {
      for (let from = 0; from < lines.length;) from = await this.#appendSome(name, lines, from);
    } catch (error) {
      // A full disk, or a folder that is gone, costs lines and nothing else. The next line tries anew.
      this.#drop(name);
      throw error;
    }
  }

  /** As many lines as the file has room for, and one at least; gives which comes next. */
  async #appendSome(name: string, lines: readonly string[], from: number): Promise<number> {
    let open = await this.#fileOf(name);
    let some = fitting(lines, from, this.#room.maxBytes - open.size);
    if (some.to === from) {
      if (open.size > 0) open = await this.#putAside(name);
      some = fitting(lines, from, this.#room.maxBytes - open.size);
    }
    if (some.to === from) some = fitting(lines.slice(0, from + 1), from, Infinity);
    for (let sent = 0; sent < some.bytes.length;) sent += await open.file.write(some.bytes.subarray(sent));
    open.size += some.bytes.length;
    // What is written is written, whatever becomes of the others.
    for (const removed of await this.#room.wrote(name, some.bytes.length).catch(() => [])) this.#drop(removed);
    return some.to;
  }

  /** One that cannot be put aside goes on growing: better than to lose what it is for. */
  async #putAside(name: string): Promise<OpenFile> {
    this.#drop(name);
    await this.#room.putAside(name).catch(() => {});
    return await this.#fileOf(name);
  }

  async #fileOf(name: string): Promise<OpenFile> {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    if (this.#files.size >= MAX_OPEN) this.#drop(this.#files.keys().next().value!);
    const file = await openLogFile(`${this.#folder}/${name}.log`);
    const open = { file, size: (await file.stat()).size };
    this.#files.set(name, open);
    return open;
  }

  #dropAll(): void {
    this.#isStale = false;
    for (const name of [...this.#files.keys()]) this.#drop(name);
  }

  #drop(name: string): void {
    try {
      this.#files.get(name)?.file.close();
    } catch {
      // What could not be written before cannot be closed in order either.
    }
    this.#files.delete(name);
  }
}

const ENCODER = new TextEncoder();

/** The lines from one on that have room together: none, where that one alone has not. */
function fitting(lines: readonly string[], from: number, room: number): { bytes: Uint8Array; to: number } {
  const all = ENCODER.encode(lines.slice(from).join(""));
  if (all.length <= room) return { bytes: all, to: lines.length };
  let length = 0;
  let to = from;
  for (; to < lines.length; to++) {
    const next = ENCODER.encode(lines[to]).length;
    if (length + next > room) break;
    length += next;
  }
  return { bytes: all.subarray(0, length), to };
}
