/**
 * The server's log: LogTape's formatter, and outputs that never hold the server up, as LogTape's sinks would. LogTape's
 * own configuration is one for the whole process and belongs to the application: two servers in one process log apart.
 *
 * @module
 */

import { getTextFormatter, type LogRecord, type TextFormatter } from "@logtape/logtape";
import type { Clock } from "../core/clock.ts";
import { escapeInvisible } from "../core/shown_text.ts";
import type { LogLevel } from "../wire/message.ts";
import { openLogFolder } from "./log_file.ts";
import { LogFiles } from "./log_files.ts";
import { printed, standardError, standardOutput } from "./standard_output.ts";

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
  clock: Clock;
}

/** Writes lines under a category: `"Server"` or `"Worker-N"`. */
export class ServerLog {
  #params: ServerLogParams;
  #rank: number;
  #format: TextFormatter = getTextFormatter(FORMAT);
  #files: LogFiles | null;

  private constructor(params: ServerLogParams) {
    this.#params = params;
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

  /** Writes one line, if it is severe enough. */
  write(category: string, level: LogLevel, message: string): void {
    if (!this.isOn(level)) return;
    // Tasks and strangers choose parts of it: nothing of theirs may begin a line as the log's own lines do.
    const text = escapeInvisible(message).replaceAll("\n", "\n    ");
    const record = this.#record(category, level, text);
    const line = this.#format(record);
    if (this.#params.toConsole) {
      (level === "warning" || level === "error" ? standardError : standardOutput).add({ file: category, text: line });
    }
    this.#files?.add(category, line);
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
    return new LogFiles({
      folder,
      clock: this.#params.clock,
      notice: (dropped) => ({
        file: "Server",
        text: this.#format(this.#record("Server", "warning", `… ${dropped} lines of the log files were lost`)),
      }),
      onLoss: (cause) => {
        if (!this.#params.toConsole || !this.isOn("warning")) return;
        const why = cause === null ? "the disk does not take them" : (cause as Error).message;
        const text = `Lines of the log files in ${folder} are lost: ${why}`;
        standardError.add({ file: "", text: this.#format(this.#record("Server", "warning", text)) });
      },
    });
  }

  #record(category: string, level: LogLevel, text: string): LogRecord {
    const timestamp = this.#params.clock.wall();
    return { category: [category], level, message: [text], rawMessage: text, timestamp, properties: {} };
  }
}

const FORMAT = {
  timestamp: "date-time-tz" as const,
  level: "FULL" as const,
  format: (
    { timestamp, level, category, message }: {
      timestamp: string | null;
      level: string;
      category: string;
      message: string;
    },
  ) => `[${category} ${timestamp}] [${level}] ${message}`,
};
