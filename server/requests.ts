/**
 * Shape checks of what arrives over the wire: MessagePack that decodes is not yet a request.
 *
 * @module
 */

import { ownBytes } from "../core/own_bytes.ts";
import { parsePermissions, type PermissionRequestParsed } from "../core/permissions.ts";
import type { Target } from "../core/profile.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { SubmittedItems } from "../engine/groups.ts";
import type { TaskGroup } from "../engine/task.ts";
import { type DurabilityRequest, parseDurability } from "./durability.ts";
import { parseSubmittedItems } from "./item_requests.ts";
import { parseAgain, parseRetry } from "./retry_request.ts";
import { bytes, type Fields, invalid, list, object, optional, parseCount, show, text } from "./shapes.ts";
import { hasCredentials, shownUrl } from "../core/url_credentials.ts";
import { isOfGroup } from "../core/item_id.ts";
import { isUuid } from "../core/uuid.ts";
import type { Calls, PushesToServer, WireProfile } from "../wire/message.ts";
import type { LogEntry } from "../wire/log_lines.ts";

/** Tasks in one submission: accepting 2,000 takes some 10 ms. */
const MAX_TASKS = 2000;
/** Bytes of small items of a stream that come together: 64 KiB, and the last one may go beyond. */
const MAX_BATCH_BYTES = 128 * 1024;
const ITEM_HEADER_BYTES = 5;
/** Entries of the lists of a submission's permissions, in all. */
const MAX_PERMISSION_ENTRIES = 1000;
const MAX_NAME_CHARS = 200;
/** A UUID and a number. */
const MAX_PASSAGE_ID_CHARS = 64;
/** A UUID has 36. */
const MAX_LANE_CHARS = 40;
/** More than any path may have. */
const MAX_URL_CHARS = 8192;

/** A submission as it was asked for; permissions are not resolved yet. */
export interface SubmitRequest extends DurabilityRequest {
  target: Target;
  profile: Omit<WireProfile, "target" | "permissions"> & { permissions: PermissionRequestParsed };
  tasks: [id: string, input: Uint8Array][];
  items?: SubmittedItems;
  await: boolean;
  bound: boolean;
  followup: boolean;
  waitForRoom: boolean;
  startBeforeMs?: number;
  delayMs?: number;
  retry?: RetryPolicy;
  waitedMs?: number;
  group: TaskGroup | null;
  lane: string;
}

/** Checks a `submit`. Inputs are views of the read buffer: copy what is kept. */
export function parseSubmit(body: unknown): SubmitRequest {
  const fields = object(body, "submit");
  const profile = object(fields.profile, "submit.profile");
  const group = parseGroup(fields.group);
  return {
    target: parseTarget(profile.target),
    profile: {
      permissions: parseRequestedPermissions(profile.permissions),
      timeoutMs: optional(profile.timeoutMs, "timeoutMs", (ms) => ms > 0),
      memoryMb: optional(profile.memoryMb, "memoryMb", (mb) => Number.isInteger(mb) && mb >= 16),
      isolation: parseIsolation(profile.isolation),
      priority: optional(profile.priority, "priority", (p) => Number.isInteger(p) && Math.abs(p) <= 1000) ?? 0,
      name: profile.name == null ? null : text(profile.name, "submit.profile.name").slice(0, MAX_NAME_CHARS),
      stream: profile.stream === true,
      worker: profile.stream === true && profile.worker === true,
    },
    tasks: parseTasks(fields.tasks),
    ...parseSubmittedItems(fields, group),
    await: fields.await === true,
    bound: fields.bound === true,
    followup: fields.followup === true,
    waitForRoom: fields.waitForRoom !== false,
    ...parseTimes(fields),
    ...parseRetry(fields),
    ...parseDurability(fields),
    group,
    lane: fields.lane == null ? group?.id ?? "" : text(fields.lane, "submit.lane").slice(0, MAX_LANE_CHARS),
  };
}

/** Most submissions say nothing of it. */
function parseTimes({ startBeforeMs, delayMs, waitedMs }: Fields): Partial<SubmitRequest> {
  const within = optional(startBeforeMs, "startBeforeMs", (ms) => ms > 0);
  const delay = optional(delayMs, "delayMs", (ms) => ms >= 0 && ms < Infinity);
  if (within === null && delay === null) return {};
  return {
    ...(within !== null && { startBeforeMs: within }),
    ...(delay !== null && { delayMs: delay }),
    waitedMs: optional(waitedMs, "waitedMs", (ms) => ms >= 0 && ms < Infinity) ?? 0,
  };
}

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

function parseTarget(value: unknown): Target {
  const [kind, first, name, within] = list(value, "submit.profile.target");
  switch (kind) {
    case "export":
      return { kind, module: moduleUrl(first), name: text(name, "target name") };
    case "procedure":
      return {
        kind,
        module: moduleUrl(first),
        name: text(name, "target name"),
        within: within == null ? null : moduleUrl(within),
      };
    case "source":
      return { kind, text: text(first, "source"), name: text(name, "target name").slice(0, MAX_NAME_CHARS) };
    default:
      throw invalid(`the target's kind must be "export", "procedure" or "source": it is ${show(kind)}`);
  }
}

/** Checks tasks of one submission. In place: what is right need not be copied, and there may be many. */
export function parseTasks(value: unknown): [id: string, input: Uint8Array][] {
  const tasks = list(value, "submit.tasks", MAX_TASKS);
  for (const task of tasks) {
    const [id, input] = list(task, "submit.tasks entry");
    if (!isUuid(id) || isOfGroup(id)) {
      throw invalid(`a task's id must be a UUID in lower case, of another version than 8: it is ${show(id)}`);
    }
    bytes(input, "arguments");
  }
  return tasks as [id: string, input: Uint8Array][];
}

function parseRequestedPermissions(value: unknown): PermissionRequestParsed {
  if (typeof value === "object" && value !== null && entriesIn(value) > MAX_PERMISSION_ENTRIES) {
    throw invalid(
      `permissions may have ${MAX_PERMISSION_ENTRIES} entries in all: name folders and hosts, not each file`,
    );
  }
  try {
    return parsePermissions(value ?? undefined);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function entriesIn(lists: object): number {
  let count = 0;
  for (const list of Object.values(lists)) if (Array.isArray(list)) count += list.length;
  return count;
}

function parseIsolation(value: unknown): "task" | "module" | null {
  if (value == null) return null;
  if (value === "task" || value === "module") return value;
  throw invalid(`isolation must be "task" or "module": it is ${show(value)}`);
}

function parseGroup(value: unknown): TaskGroup | null {
  if (value == null) return null;
  const [id, chunkSize] = list(value, "submit.group");
  if (!isUuid(id)) throw invalid(`submit.group's id must be a UUID in lower case: it is ${show(id)}`);
  return { id, chunkSize: optional(chunkSize, "chunkSize", (n) => Number.isInteger(n) && n >= 1) };
}

function moduleUrl(value: unknown): string {
  const url = text(value, "module");
  if (url.length > MAX_URL_CHARS) throw invalid(`a module's URL must have at most ${MAX_URL_CHARS} characters`);
  if (hasCredentials(url)) {
    throw invalid(`a module's URL must not have a user name or a password in it: ${shownUrl(url)} had`);
  }
  if (/^(file|https?|jsr|npm):/.test(url) && URL.canParse(url)) return url;
  throw invalid(`a module must be a file:, https:, jsr: or npm: URL: it is ${show(value)}`);
}
