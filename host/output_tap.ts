/**
 * Reads what a task's process writes to its standard output and error: line by line into the log, the end of it kept
 * for finding the cause of a crash, and never more than a bounded part of it. What its tasks said by `console` and
 * messenger stands on standard error in records.
 *
 * @module
 */

import { MAX_SAID_CHARS, SAID_MARK } from "../wire/said.ts";
import { type SaidByTask, SaidRecords } from "./said_records.ts";

/** How much of standard error is kept for a crash report, in characters. */
const TAIL_CHARS = 4096;
/** A longer line is handed on in pieces. */
const MAX_LINE_CHARS = 8192;

/** What happens with the output. */
export interface OutputTapParams {
  onLine(stream: "stdout" | "stderr", line: string): void;
  /** What tasks said, in order. @default {nobody is told} */
  onSaid?(said: SaidByTask): void;
  /** More than `maxBytes` was written. Called once. */
  onFlood(): void;
  /** Of what is no record: how much tasks log is limited for each. */
  maxBytes: number;
}

/** The output of one process. */
export class OutputTap {
  #params: OutputTapParams;
  #bytes = 0;
  #records = new SaidRecords();
  #stderrTail = "";
  /** With what the last task said. */
  #words = "";
  #speaker = "";
  #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  #done: Promise<unknown>;

  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>, params: OutputTapParams) {
    this.#params = params;
    this.#done = Promise.all([this.#read("stdout", stdout), this.#read("stderr", stderr)]);
  }

  /** The end of standard error, without what tasks said by `console` and messenger: the runtime's own words are there. */
  get stderrTail(): string {
    return this.#stderrTail.trim();
  }

  /** The end of standard error, with what the last task said. */
  get lastWords(): string {
    return this.#words.trim();
  }

  /** Resolves when both streams have ended. */
  get done(): Promise<unknown> {
    return this.#done;
  }

  /** See {@linkcode SaidRecords.heard}. */
  heard(count: number): Promise<void> | undefined {
    return this.#records.heard(count);
  }

  /** Reads no further; for when something else than the process still holds the streams open. */
  async cancel(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.cancel().catch(() => {})));
  }

  async #read(name: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader();
    this.#readers.push(reader);
    const decoder = new TextDecoder();
    const emit = name === "stdout" ? this.#emitOutput : this.#emitErrors;
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      rest = emit.call(this, rest + decoder.decode(value, { stream: !done }), done);
      if (!done) continue;
      if (name === "stderr") this.#records.end();
      return;
    }
  }

  /** Hands on whole lines, and gives back what is not one yet. */
  #emitOutput(text: string, isEnd: boolean): string {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    for (const line of lines) this.#onLine("stdout", line, "\n");
    if (rest === "" || (!isEnd && rest.length < MAX_LINE_CHARS)) return rest;
    this.#onLine("stdout", rest, "");
    return "";
  }

  /** The same, and takes out the records, which may stand behind a line that has not ended. */
  #emitErrors(text: string, isEnd: boolean): string {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    for (const line of lines) this.#onErrorLine(line, "\n");
    this.#records.passedOn();
    const at = rest.lastIndexOf(SAID_MARK);
    const most = at < 0 ? MAX_LINE_CHARS : MAX_SAID_CHARS;
    if (rest === "" || (!isEnd && rest.length < most)) return rest;
    if (at > 0 && !isEnd) {
      // What stands before a record does not make it too long.
      this.#onLine("stderr", rest.slice(0, at), "");
      return rest.slice(at);
    }
    this.#onErrorLine(rest, "");
    return "";
  }

  #onErrorLine(line: string, end: string): void {
    // The last one: a task may have printed others, and none is within a record.
    const at = line.lastIndexOf(SAID_MARK);
    if (at < 0) return this.#onLine("stderr", line, end);
    const said = this.#records.take(line.slice(at + SAID_MARK.length));
    if (said === null) return this.#onLine("stderr", line, end);
    if (at > 0) this.#onLine("stderr", line.slice(0, at), "");
    this.#onSaid(said);
  }

  #onSaid(said: SaidByTask): void {
    if (said.lines.length > 0) {
      // Another task's words do not tell what became of this one.
      if (said.taskId !== this.#speaker) this.#words = "";
      this.#speaker = said.taskId;
      // From the end: a record may have a hundred thousand lines, and each that is cut off is copied.
      let words = "";
      for (let i = said.lines.length - 1; i >= 0 && words.length < TAIL_CHARS; i--) {
        words = `${said.lines[i][1]}\n${words}`;
      }
      this.#words = (this.#words + words).slice(-TAIL_CHARS);
    }
    this.#params.onSaid?.(said);
  }

  #onLine(name: "stdout" | "stderr", line: string, end: string): void {
    if (!this.#count(utf8Length(line) + end.length)) return;
    if (name === "stderr") {
      this.#stderrTail = (this.#stderrTail + line + end).slice(-TAIL_CHARS);
      this.#words = (this.#words + line + end).slice(-TAIL_CHARS);
    }
    this.#params.onLine(name, line);
  }

  /** False when the bytes are past the limit and to be dropped. */
  #count(bytes: number): boolean {
    const before = this.#bytes;
    this.#bytes += bytes;
    if (this.#bytes <= this.#params.maxBytes) return true;
    if (before <= this.#params.maxBytes) this.#params.onFlood();
    return false;
  }
}

/** Of half a pair each. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) bytes += code < 0x800 || (code & 0xf800) === 0xd800 ? 1 : 2;
  }
  return bytes;
}
