/**
 * What is said to those that may not have their key, or had to give up their place to another.
 *
 * @module
 */

import { DuplicateKey, TaskCancelled } from "../core/errors.ts";
import type { TaskRecord } from "./task.ts";
import type { UniqueOrigin } from "./unique.ts";

/** Another has the key. */
export function duplicateKey({ key }: UniqueOrigin, id: string): DuplicateKey {
  return new DuplicateKey(`Cannot submit: task ${id} has the unique key ${JSON.stringify(key)}`, key, id);
}

/** Neither of two would ever end. */
export function waitsForItself({ key }: UniqueOrigin, id: string): DuplicateKey {
  const why = `task ${id} has the unique key ${JSON.stringify(key)}, and waits for the task that submits this one`;
  return new DuplicateKey(`Cannot submit: ${why}: neither would ever end`, key, id);
}

/** Another took its place. */
export function replacedBy({ id }: TaskRecord): TaskCancelled {
  const error = new TaskCancelled(`The task was replaced by ${id}, which has the same unique key`);
  error.replacedBy = id;
  return error;
}
