/**
 * The server's log: LogTape's formatter, and outputs that never hold the server up, as LogTape's sinks would, the one
 * that puts files aside too. LogTape's own configuration is one for the whole process and belongs to the application:
 * two servers in one process log apart.
 *
 * @module
 */

import type { Clock } from "../core/clock.ts";
import type { LogLevel } from "../wire/message.ts";
import { openLogFolder } from "./log_file.ts";
import { LogFiles } from "./log_files.ts";
import { type FormatLine, lineFormatter, type LogFields, type LogFormat } from "./log_format.ts";
import { LogRoom } from "./log_room.ts";
import { notices, printed, standardError, standardOutput } from "./standard_output.ts";

/** Least severe level that is logged; `"none"` is silent. */
export type LogThreshold = LogLevel | "none";

/** Ascending severity. */
export const LOG_THRESHOLDS: readonly LogThreshold[] = ["debug", "info", "warning", "error", "none"];

/** What a log is built from. */
export interface ServerLogParams {
  threshold: LogThreshold;
  /** A file per category goes here. */
  folder: string | null;
  /** Write to the console. */
  toConsole: boolean;
  /** Of lines. @default {"text"} */
  format?: LogFormat;
  /** Size at which a file is put aside, in bytes. @default {no limit} */
  maxBytes?: number;
  /** Files that are put aside of each. @default {0} */
  keep?: number;
  clock: Clock;
}

/** Writes lines under a category: `"Server"` or `"Worker-N"`. */
export class ServerLog {
  #params: ServerLogParams;
  #rank: number;
  #format: FormatLine;
  #files: LogFiles | null;

  private constructor(params: ServerLogParams) {
    this.#params = params;
    this.#format = lineFormatter(params.format ?? "text");
    if (params.format === "json" && params.toConsole) {
      notices.write = (message, lost) => this.#lineOf("Server", "warning", message, { lost });
    }
    this.#rank = LOG_THRESHOLDS.indexOf(params.threshold);
    this.#files = params.folder === null ? null : this.#openFiles(params.folder);
  }

  /**
   * Opens a log; makes the folder where it is missing. Existing files are added to.
   *
   * @throws {RangeError} when the folder, or what is in it under a log's name, cannot be used.
   */
  static async open(params: ServerLogParams): Promise<ServerLog> {
    if (params.folder !== null) await openLogFolder(params.folder);
    return new ServerLog(params);
  }

  /** True when lines of this level are written; so that nothing is put together for nobody. */
  isOn(level: LogLevel): boolean {
    return LOG_THRESHOLDS.indexOf(level) >= this.#rank;
  }

  /** Writes one line, if it is severe enough. The fields are what programs are told of it besides. */
  write(category: string, level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.isOn(level)) return;
    const line = this.#lineOf(category, level, message, fields);
    if (this.#params.toConsole) {
      (level === "warning" || level === "error" ? standardError : standardOutput).add({ file: category, text: line });
    }
    this.#files?.add(category, line);
  }

  /** Opens the files anew, which somebody may have moved to put them aside. */
  reopen(): void {
    if (this.#files === null) return;
    this.#files.reopen();
    this.write("Server", "info", "Opened the log files anew");
  }

  /** Resolves when what was written so far is in the files, or lost, or after a while. */
  async flushed(): Promise<void> {
    await this.#files?.flushed();
  }

  /** Writes out and closes the files, and waits for the console; gives up when that takes too long. */
  async close(): Promise<void> {
    await Promise.all([this.#files?.close(), this.#params.toConsole ? printed() : null]);
  }

  #openFiles(folder: string): LogFiles {
    const { maxBytes = Infinity, keep = 0 } = this.#params;
    return new LogFiles({
      folder,
      room: new LogRoom({ folder, maxBytes, keep }),
      clock: this.#params.clock,
      notice: (dropped) => ({
        file: "Server",
        text: this.#lineOf("Server", "warning", `… ${dropped} lines of the log files were lost`, { lost: dropped }),
      }),
      onLoss: (cause) => {
        if (!this.#params.toConsole || !this.isOn("warning")) return;
        const why = cause === null ? "the disk does not take them" : (cause as Error).message;
        const text = `Lines of the log files in ${folder} are lost: ${why}`;
        standardError.add({ file: "", text: this.#lineOf("Server", "warning", text, {}) });
      },
    });
  }

  #lineOf(category: string, level: LogLevel, message: string, fields: LogFields): string {
    return this.#format({ category, level, message, fields, at: this.#params.clock.wall() });
  }
}
