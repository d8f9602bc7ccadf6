/**
 * Progress of tasks, as it is listened to.
 *
 * @module
 */

import type { TaskProgress } from "../procedures/task_caller.ts";
import type { WireProgress } from "../wire/log_lines.ts";
import type { Listening } from "./listener.ts";

/** How progress is listened to. */
export const PROGRESS_REPORTS: Listening<WireProgress, TaskProgress> = {
  read: ([taskId, done, total]) => ({ taskId, done, total }),
};
