/**
 * Runs a task in this very thread, so that values, errors and what cannot be sent are as in a process.
 *
 * @module
 */

import { MESSENGER } from "../../procedures/messenger.ts";
import { DEFAULT_RESULT_LIMITS } from "../../wire/decode_budget.ts";
import type { PushesToServer } from "../../wire/message.ts";
import { execute, type TaskToRun } from "./execute.ts";
import type { LocalMessenger } from "./local_messenger.ts";

/** Runs a task to its encoded outcome; `currentMessenger()` gives its messenger meanwhile. Never throws. */
export async function runLocally(task: TaskToRun, messenger: LocalMessenger): Promise<PushesToServer["outcome"]> {
  const scope = globalThis as { [MESSENGER]?: unknown };
  const before = scope[MESSENGER];
  scope[MESSENGER] = messenger;
  try {
    // Not logged: whoever asked for it gets the error itself.
    return await execute(task, messenger, null, DEFAULT_RESULT_LIMITS, () => {});
  } finally {
    // Another task may have set its own in the meantime.
    if (scope[MESSENGER] === messenger) {
      if (before === undefined) delete scope[MESSENGER];
      else scope[MESSENGER] = before;
    }
  }
}
