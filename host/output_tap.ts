/**
 * Reads what a task's process writes to its standard output and error: line by line into the log, the end of it kept
 * for finding the cause of a crash, and never more than a bounded part of it.
 *
 * @module
 */

/** How much of standard error is kept for a crash report, in characters. */
const TAIL_CHARS = 4096;
/** A longer line is handed on in pieces. */
const MAX_LINE_CHARS = 8192;

/** What happens with the output. */
export interface OutputTapParams {
  onLine(stream: "stdout" | "stderr", line: string): void;
  /** More than `maxBytes` was written. Called once. */
  onFlood(): void;
  maxBytes: number;
}

/** The output of one process. */
export class OutputTap {
  #params: OutputTapParams;
  #bytes = 0;
  #tail = "";
  #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  #done: Promise<unknown>;

  constructor(stdout: ReadableStream<Uint8Array>, stderr: ReadableStream<Uint8Array>, params: OutputTapParams) {
    this.#params = params;
    this.#done = Promise.all([this.#read("stdout", stdout), this.#read("stderr", stderr)]);
  }

  /** The end of standard error. */
  get stderrTail(): string {
    return this.#tail.trim();
  }

  /** Resolves when both streams have ended. */
  get done(): Promise<unknown> {
    return this.#done;
  }

  /** Reads no further; for when something else than the process still holds the streams open. */
  async cancel(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.cancel().catch(() => {})));
  }

  async #read(name: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader();
    this.#readers.push(reader);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (value !== undefined && !this.#count(value.length)) continue;
      const text = decoder.decode(value, { stream: !done });
      if (name === "stderr") this.#tail = (this.#tail + text).slice(-TAIL_CHARS);
      rest = this.#emit(name, rest + text, done);
      if (done) return;
    }
  }

  /** False when the bytes are past the limit and to be dropped. */
  #count(bytes: number): boolean {
    const before = this.#bytes;
    this.#bytes += bytes;
    if (this.#bytes <= this.#params.maxBytes) return true;
    if (before <= this.#params.maxBytes) this.#params.onFlood();
    return false;
  }

  /** Hands on whole lines, and gives back what is not one yet. */
  #emit(name: "stdout" | "stderr", text: string, isEnd: boolean): string {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    for (const line of lines) this.#params.onLine(name, line);
    if (rest === "" || (!isEnd && rest.length < MAX_LINE_CHARS)) return rest;
    this.#params.onLine(name, rest);
    return "";
  }
}
