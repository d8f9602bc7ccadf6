/**
 * The shape check of a submission: what its tasks share, and the tasks.
 *
 * @module
 */

import { isOfGroup } from "../core/item_id.ts";
import { parsePermissions, type PermissionRequestParsed } from "../core/permissions.ts";
import type { Target } from "../core/profile.ts";
import type { LimitPolicy } from "../core/key_limit.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Unique } from "../core/unique.ts";
import { hasCredentials, shownUrl } from "../core/url_credentials.ts";
import { isUuid } from "../core/uuid.ts";
import type { SubmittedItems } from "../engine/groups.ts";
import type { TaskGroup } from "../engine/task.ts";
import type { WireProfile } from "../wire/message.ts";
import { type DurabilityRequest, parseDurability } from "./durability.ts";
import { parseSubmittedItems } from "./item_requests.ts";
import { parseLimit } from "./limit_request.ts";
import { parseRetry } from "./retry_request.ts";
import { parseUnique } from "./unique_request.ts";
import { bytes, type Fields, invalid, list, MAX_NAME_CHARS, object, optional, show, text } from "./shapes.ts";

/** Tasks in one submission: accepting 2,000 takes some 10 ms. */
const MAX_TASKS = 2000;
/** Entries of the lists of a submission's permissions, in all. */
const MAX_PERMISSION_ENTRIES = 1000;
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
  limit?: LimitPolicy;
  unique?: Unique;
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
    ...parseLimit(fields),
    ...parseUnique(fields),
    ...parseDurability(fields),
    group,
    lane: fields.lane == null ? group?.id ?? "" : text(fields.lane, "submit.lane").slice(0, MAX_LANE_CHARS),
  };
}

/** Most submissions say nothing of it. */
function parseTimes(
  { startBeforeMs, delayMs, waitedMs }: Fields,
): Pick<SubmitRequest, "startBeforeMs" | "delayMs" | "waitedMs"> {
  const within = optional(startBeforeMs, "startBeforeMs", (ms) => ms > 0);
  const delay = optional(delayMs, "delayMs", (ms) => ms >= 0 && ms < Infinity);
  if (within === null && delay === null) return {};
  return {
    ...(within !== null && { startBeforeMs: within }),
    ...(delay !== null && { delayMs: delay }),
    waitedMs: optional(waitedMs, "waitedMs", (ms) => ms >= 0 && ms < Infinity) ?? 0,
  };
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
