/**
 * How a line of the server's log is written: as a text for people, or as an object of JSON for programs.
 *
 * @module
 */

import { getTextFormatter, type TextFormatter } from "@logtape/logtape";
import { escapeInJson, escapeInvisible } from "../core/shown_text.ts";
import type { LogLevel } from "../wire/message.ts";

/** The form of a log's lines. */
export type LogFormat = "text" | "json";

/** Those that there are. */
export const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];

/** What a program that reads a line is told besides. `message` is what it says where the fields say the rest. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** One line. */
export interface WrittenLine {
  /** `"Server"`, or `"Worker-N"`. */
  readonly category: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Gives a line as it is written, its line break included. */
export type FormatLine = (line: WrittenLine) => string;

/** The formatter of a form. */
export function lineFormatter(format: LogFormat): FormatLine {
  return format === "json" ? jsonLine : textLine;
}

/** Texts of tasks and strangers cannot begin a line as the log's own lines do. */
function textLine({ category, level, message, at }: WrittenLine): string {
  const text = escapeInvisible(message).replaceAll("\n", "\n    ");
  return TEXT({ category: [category], level, message: [text], rawMessage: text, timestamp: at, properties: {} });
}

/** As it is: what does not show as itself is written as JSON can write it, and read back as it was. */
function jsonLine({ category, level, message, fields, at }: WrittenLine): string {
  const line = { time: new Date(at).toISOString(), level, logger: category, message, ...fields };
  return `${escapeInJson(JSON.stringify(line))}\n`;
}

const TEXT: TextFormatter = getTextFormatter({
  timestamp: "date-time-tz",
  level: "FULL",
  format: ({ timestamp, level, category, message }) => `[${category} ${timestamp}] [${level}] ${message}`,
});
