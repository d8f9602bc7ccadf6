/**
 * Lines of logs, as they are listened to.
 *
 * @module
 */

import type { LogLine } from "../procedures/log_line.ts";
import type { WireLogLine } from "../wire/log_lines.ts";
import { gapLine } from "../wire/missing_lines.ts";
import type { Listening } from "./listener.ts";

/** How lines are listened to. */
export const LOG_LINES: Listening<WireLogLine, LogLine> = {
  read: ([taskId, worker, level, at, text, missing]) =>
    missing === undefined ? { taskId, worker, level, at, text } : { taskId, worker, level, at, text, missing },
  countOf: ([, , , , , missing = 1]) => missing,
  gap: (missing, [, , , at]) => gapLine("", "", at, missing),
};
