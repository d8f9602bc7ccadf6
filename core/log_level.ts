/**
 * How much a line of a log matters.
 *
 * @module
 */

/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warning" | "error";
