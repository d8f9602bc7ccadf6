/**
 * Standard input, for a program that starts a server and is to be outlived by nothing of it: options in the first line,
 * where no other user of the machine can read them, and its end as the sign to stop.
 *
 * @module
 */

import { resolveOptions, type ServerOptions } from "../server/server_options.ts";
import { CommandFailed, UsageError } from "./cli_error.ts";

/** A line that is longer is no list of options. */
const MAX_LINE_BYTES = 1024 * 1024;

/** A stream of bytes of which the first line and the end count. */
export class StandardInput {
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #end: Promise<void> | null = null;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /**
   * The options of `Server.start` in the first line, a JSON object.
   *
   * @throws {CommandFailed} when it ends before the line does. @throws {UsageError} for a line that cannot be used.
   */
  async options(): Promise<ServerOptions> {
    const line = await this.#line();
    try {
      const options = JSON.parse(line);
      if (typeof options !== "object" || options === null || Array.isArray(options)) {
        throw new TypeError("not an object");
      }
      resolveOptions(options);
      return options;
    } catch (error) {
      // What JSON.parse says quotes the line, and the key may be in it.
      const reason = error instanceof SyntaxError ? "it is not JSON" : (error as Error).message;
      throw new UsageError(`Cannot use the first line of standard input as options: ${reason}`, {
        cause: error instanceof SyntaxError ? undefined : error,
      });
    }
  }

  /** Resolves at its end. What comes until then is dropped. */
  get end(): Promise<void> {
    return this.#end ??= this.#readToEnd();
  }

  async #line(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for (let bytes = await this.#read(); bytes !== null; bytes = await this.#read()) {
      text += decoder.decode(bytes, { stream: true });
      const length = text.indexOf("\n");
      if (length !== -1) return text.slice(0, length);
      if (text.length > MAX_LINE_BYTES) throw new UsageError("Cannot use standard input: its first line is too long");
    }
    throw new CommandFailed("Cannot read options from standard input: it ended before its first line did");
  }

  async #readToEnd(): Promise<void> {
    while (await this.#read() !== null);
  }

  /** Null at the end, and when it cannot be read: there is nobody to hear from then, either. */
  async #read(): Promise<Uint8Array | null> {
    const { value } = await this.#reader.read().catch(() => ({ value: undefined }));
    return value ?? null;
  }
}
