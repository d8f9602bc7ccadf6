/**
 * What comes from a worker when the task that said it is over: acknowledgements of results that were on their way to it,
 * and the like. Nothing comes of that, but a message that is wrong in itself is refused as ever.
 *
 * @module
 */

import { parseAckItems } from "./item_requests.ts";
import { parseAck, parseInput, parseLeave, parseTaskCount } from "./requests.ts";

/** What clients and tasks may both push, by topic. */
const FORMS: ReadonlyMap<string, (body: unknown) => unknown> = new Map<string, (body: unknown) => unknown>([
  ["ack", parseAck],
  ["ackItems", parseAckItems],
  ["leave", parseLeave],
  ["taken", parseTaskCount],
  ["input", parseInput],
  ["inputEnd", parseTaskCount],
]);

/**
 * Looks at a push of a task that is over. False for a topic that no task has.
 *
 * @throws {TaskError} `INVALID_REQUEST` for one of the wrong form.
 */
export function isLatePush(topic: string, body: unknown): boolean {
  const parse = FORMS.get(topic);
  parse?.(body);
  return parse !== undefined;
}
