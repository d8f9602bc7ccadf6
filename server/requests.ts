/**
 * Shape checks of what arrives over the wire: MessagePack that decodes is not yet a request.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import { parseAgain } from "./retry_request.ts";
import { bytes, invalid, list, MAX_NAME_CHARS, object, optional, parseCount, show, text } from "./shapes.ts";
import type { Calls, PushesToServer } from "../wire/message.ts";
import type { LogEntry } from "../wire/log_lines.ts";

/** Bytes of small items of a stream that come together: 64 KiB, and the last one may go beyond. */
const MAX_BATCH_BYTES = 128 * 1024;
const ITEM_HEADER_BYTES = 5;
/** A UUID and a number. */
const MAX_PASSAGE_ID_CHARS = 64;

/** Checks a list of task ids. */
export function parseIds(body: unknown, what: string): string[] {
  const ids = list(object(body, what).ids, `${what}.ids`);
  for (const id of ids) {
    if (typeof id !== "string" || id.length > 100) {
      throw invalid(`${what}.ids must hold task ids: one of them is ${show(id)}`);
    }
  }
  return ids as string[];
}

/** Checks an acknowledgement. */
export function parseAck(body: unknown): string[] {
  return parseIds({ ids: body }, "ack");
}

/** Checks a subscription. */
export function parseSubscribe(body: unknown): Calls["subscribe"]["body"] {
  const { topic, taskId, from } = object(body, "subscribe");
  const subscription = parseSubscription(body, "subscribe");
  if (topic !== "logs" && topic !== "progress") {
    throw invalid(`subscribe.topic must be "logs" or "progress": it is ${show(topic)}`);
  }
  return {
    subscription,
    topic,
    taskId: taskId == null ? null : text(taskId, "subscribe.taskId"),
    ...(from != null && { from: parseCount(from) }),
  };
}

/** Checks the number of a subscription. */
export function parseSubscription(body: unknown, what: string): number {
  const { subscription } = object(body, what);
  if (Number.isSafeInteger(subscription)) return subscription as number;
  throw invalid(`${what}.subscription must be a whole number: it is ${show(subscription)}`);
}

/** Checks a `quit`. */
export function parseQuit(body: unknown): Calls["quit"]["body"] {
  const { mode, deadlineMs } = object(body, "quit");
  if (mode !== "drain" && mode !== "now") throw invalid(`quit.mode must be "drain" or "now": it is ${show(mode)}`);
  return { mode, deadlineMs: optional(deadlineMs, "deadlineMs", (ms) => ms >= 0) };
}

/** Checks a task's outcome. The payload is a view of the read buffer: copy it to keep it. */
export function parseOutcome(body: unknown): PushesToServer["outcome"] {
  const [status, payload, again] = list(body, "outcome");
  if (status !== "succeeded" && status !== "failed") throw invalid("outcome must begin with a final state");
  const said = parseAgain(again);
  return said === undefined ? [status, bytes(payload, "outcome")] : [status, bytes(payload, "outcome"), said];
}

/** Checks an item for a pipeline; it is copied out of the read buffer. */
export function parsePipe(body: unknown): Calls["pipe"]["body"] {
  const { name, id, item, timeoutMs, refuse } = object(body, "pipe");
  return {
    name: text(name, "pipe.name"),
    id: parsePassageId(id),
    item: ownBytes(bytes(item, "pipe.item")),
    timeoutMs: optional(timeoutMs, "timeoutMs", (ms) => ms >= 0),
    refuse: refuse === true,
  };
}

/** Checks the ids of items that nobody wants any more. */
export function parseLeave(body: unknown): string[] {
  return list(body, "leave").map(parsePassageId);
}

function parsePassageId(value: unknown): string {
  const id = text(value, "the id of an item");
  if (id.length <= MAX_PASSAGE_ID_CHARS) return id;
  throw invalid(`the id of an item must have at most ${MAX_PASSAGE_ID_CHARS} characters: it has ${id.length}`);
}

/** Checks what a worker says of what was left behind in it. */
export function parseLeak(body: unknown): string | null {
  return body === null ? null : text(body, "ready").slice(0, MAX_NAME_CHARS);
}

/** Checks log lines. */
export function parseLines(body: unknown): LogEntry[] {
  return list(body, "log").map((line): LogEntry => {
    const [level, words, missing] = list(line, "log line");
    const isLevel = level === "debug" || level === "info" || level === "warning" || level === "error";
    if (!isLevel) throw invalid(`a log line's level must be one of four: it is ${show(level)}`);
    // An empty line is a line: console.log("").
    const said = words === "" ? "" : text(words, "log line");
    return missing === undefined ? [level, said] : [level, said, parseCount(missing)];
  });
}

/** Checks a progress report. */
export function parseProgress(body: unknown): [done: number, total: number | null] {
  const [done, total] = list(body, "progress");
  if (typeof done !== "number" || (total !== null && typeof total !== "number")) {
    throw invalid("progress must hold numbers");
  }
  return [done, total as number | null];
}

/** Checks what is to end a worker. */
export function parseTerminate(body: unknown): Calls["terminate"]["body"] {
  const { taskId, how } = object(body, "terminate");
  if (how !== "abort" && how !== "SIGTERM" && how !== "SIGKILL") {
    throw invalid(`terminate.how must be "abort", "SIGTERM" or "SIGKILL": it is ${show(how)}`);
  }
  return { taskId: text(taskId, "terminate.taskId"), how };
}

/** Checks a consumer's wish to go on with a stream. */
export function parseAttach(body: unknown): Calls["attach"]["body"] {
  const { taskId, received } = object(body, "attach");
  return { taskId: text(taskId, "attach.taskId"), received: parseCount(received) };
}

/** Checks what names a stream's task and a count. */
export function parseTaskCount(body: unknown): [taskId: string, count: number] {
  const [taskId, count] = list(body, "a stream's count");
  return [text(taskId, "task id"), parseCount(count)];
}

/** Checks items of a stream; they are copied out of the read buffer. */
export function parseItems(
  body: unknown,
  maxBytes = Infinity,
): { from: number; count: number; items: Uint8Array } {
  const [from, count, items] = list(body, "items");
  // A batch of small items is of 64 KiB, a large one comes alone.
  if (bytes(items, "items").length > Math.max(maxBytes, MAX_BATCH_BYTES) + ITEM_HEADER_BYTES) {
    throw invalid(`items have ${(items as Uint8Array).length} bytes, and ${maxBytes} are allowed (maxResultBytes)`);
  }
  return { from: parseCount(from), count: parseCount(count), items: ownBytes(bytes(items, "items")) };
}

/** Checks items for a task. */
export function parseInput(body: unknown): [taskId: string, batch: ReturnType<typeof parseItems>] {
  const [taskId, ...batch] = list(body, "input");
  return [text(taskId, "task id"), parseItems(batch)];
}
