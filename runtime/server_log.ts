/**
 * The server's log: LogTape's formatters and sinks, wired for one server. LogTape's own configuration is one for the
 * whole process and belongs to the application, so it is left alone: two servers in one process log apart.
 *
 * @module
 */

import { getFileSink } from "@logtape/file";
import { getConsoleSink, getTextFormatter, type LogRecord, type Sink } from "@logtape/logtape";
import type { Clock } from "../core/clock.ts";
import type { LogLevel } from "../wire/message.ts";
import { makeLogFile, openLogFolder } from "./log_file.ts";

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
  #console: Sink;
  #files = new Map<string, Sink & Disposable>();

  private constructor(params: ServerLogParams) {
    this.#params = params;
    this.#rank = LOG_THRESHOLDS.indexOf(params.threshold);
    this.#console = getConsoleSink({ formatter: getTextFormatter(FORMAT) });
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
    const record: LogRecord = {
      category: [category],
      level,
      message: [text],
      rawMessage: text,
      timestamp: this.#params.clock.wall(),
      properties: {},
    };
    if (this.#params.toConsole) this.#console(record);
    if (this.#params.folder === null) return;
    try {
      this.#fileOf(category, this.#params.folder)(record);
    } catch {
      // A full disk, or a folder that is gone, costs lines and nothing else. The next line tries anew.
      this.#drop(category);
    }
  }

  /** Writes out and closes the files. */
  close(): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
    this.#files.clear();
  }

  #drop(category: string): void {
    const file = this.#files.get(category);
    this.#files.delete(category);
    try {
      file?.[Symbol.dispose]();
    } catch {
      // What could not be written before cannot be written now.
    }
  }

  #fileOf(category: string, folder: string): Sink {
    let sink = this.#files.get(category);
    if (sink === undefined) {
      makeLogFile(`${folder}/${category}.log`);
      sink = getFileSink(`${folder}/${category}.log`, { formatter: getTextFormatter(FORMAT), bufferSize: 0 });
      this.#files.set(category, sink);
    }
    return sink;
  }
}

/** Control characters could forge lines, or drive the terminal that shows them. Tabs and line breaks stay. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** And what is not seen, or is shown elsewhere than it stands: what a line says is not what one reads then. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u034f\u2800]/gu;

/** A text in which control characters are written out, those of the direction of writing among them. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escaped);
}

/** A text in which all is written out that does not show as itself. For lines that people trust, not for data. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, escaped);
}

function escaped(char: string): string {
  const code = char.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
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
