/**
 * What a task needs once it submits tasks itself. Loaded then and not before, by a computed `import()`: most tasks
 * never do, and every module that a process loads costs it time. The server grants read for these files.
 *
 * @module
 */

import { BaseCaller } from "../../calls/base_caller.ts";
import type { Peer } from "../../wire/peer.ts";
import { TaskLink } from "./task_link.ts";

/** The task's calling side. */
export interface Subtasks {
  readonly caller: BaseCaller;
  readonly link: TaskLink;
}

/** Makes the calling side over the task's connection. */
export function openSubtasks(peer: Peer): Subtasks {
  const link = new TaskLink(peer);
  return { caller: new BaseCaller(link), link };
}
