/**
 * What tasks end with that are not to run again. The classes are loaded by each task's process, and these words are not.
 *
 * @module
 */

import { ServerLost, TaskPoisoned } from "../core/errors.ts";

/** Its process, or its server, has ended so often while it ran. */
export function poisoned(crashes: number): TaskPoisoned {
  const what = `The task's process, or its server, ended ${crashes} times while the task ran, without being asked to`;
  return new TaskPoisoned(`${what}: it is not run again`, crashes);
}

/** Its server ended, and it is to run once at most. */
export function serverLost(): ServerLost {
  return new ServerLost('The task\'s server ended while it ran, and its onServerLoss is "fail": it is not run again');
}
