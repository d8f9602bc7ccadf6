/**
 * Failed tasks that the server keeps with their arguments: to have them run again, or dropped.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { Link } from "./link.ts";
import { partsOf, taskIds } from "./task_ids.ts";

/** What became of the tasks that were named. */
export interface DeadLetterReport {
  /** How many of them are in line again, or were dropped. */
  readonly count: number;
  /** The others, each with the reason. */
  readonly refused: readonly {
    /** The task's id. */
    readonly id: string;
    /** Such as `UNKNOWN_TASK`, or `NO_DEAD_LETTER`. */
    readonly error: TaskError;
  }[];
}

/** Has all of these dealt with, a part at a time. @throws {TypeError} for what is no id. */
export async function dealWith(
  link: Link,
  command: "retry" | "discard",
  ids: string | Iterable<string>,
  unsent?: AbortSignal,
): Promise<DeadLetterReport> {
  let count = 0;
  const refused: { id: string; error: TaskError }[] = [];
  for (const part of partsOf(taskIds(ids, command))) {
    // Nobody waits for the report any more.
    if (unsent?.aborted) break;
    const reply = await link.call(command, { ids: part }, unsent);
    count += reply[0];
    for (const [id, code, message] of reply[1]) refused.push({ id, error: new TaskError(code, message) });
  }
  return { count, refused };
}
