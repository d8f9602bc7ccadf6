/**
 * Task options in the form in which they are sent.
 *
 * @module
 */

import type { TaskOptions } from "../procedures/task.ts";
import { limitPolicy } from "../procedures/limit_options.ts";
import { retryPolicy } from "../procedures/retry_options.ts";
import { uniqueOf } from "../procedures/unique_options.ts";
import { requireNotDurable, requireTimeToBegin } from "../procedures/task_options.ts";
import type { WireProfile, WireTarget } from "../wire/message.ts";
import type { Submission } from "./awaited_results.ts";

/** What the server is told of the options. */
export function profileOf(target: WireTarget, options: TaskOptions, stream = false, worker = false): WireProfile {
  return {
    target,
    permissions: plainPermissions(options.permissions),
    timeoutMs: options.timeoutMs ?? null,
    memoryMb: options.memoryMb ?? null,
    isolation: options.isolation ?? null,
    priority: options.priority ?? 0,
    name: options.name ?? null,
    stream,
    ...(worker ? { worker } : {}),
  };
}

/** What tasks of one target with these options are submitted with; what is awaited is bound to who awaits it. */
export function submissionOf(target: WireTarget, options: TaskOptions, isAwaited: boolean): Submission {
  requireTimeToBegin(options);
  if (isAwaited) requireNotDurable(options);
  return {
    profile: profileOf(target, options),
    await: isAwaited,
    bound: isAwaited,
    followup: options.needFollowup ?? false,
    waitForRoom: options.whenFull !== "refuse",
    group: null,
    ...termsOf(options),
    ...(isAwaited ? {} : durabilityOf(options)),
  };
}

/** What a submission says of how it outlives the server: nothing, for most. */
function durabilityOf({ durable, onServerLoss }: TaskOptions): Pick<Submission, "durable" | "onServerLoss"> {
  return { ...(durable !== undefined && { durable }), ...(onServerLoss !== undefined && { onServerLoss }) };
}

/** What a submission says of how long its tasks may wait for their begin: nothing, for most. */
export function startLimitOf({ startBeforeMs }: TaskOptions): { startBeforeMs?: number } {
  return startBeforeMs === undefined ? {} : { startBeforeMs };
}

/** What a submission says of when its tasks may begin, how often, and beside which others: nothing, for most. */
function termsOf(options: TaskOptions): Pick<Submission, "startBeforeMs" | "delayMs" | "retry" | "limit" | "unique"> {
  const { delayMs, limit } = options;
  const retry = retryPolicy(options.retry);
  const unique = uniqueOf(options.unique);
  return {
    ...startLimitOf(options),
    ...(delayMs !== undefined && { delayMs }),
    ...(retry !== null && { retry }),
    ...(limit !== undefined && { limit: limitPolicy(limit) }),
    ...(unique !== null && { unique }),
  };
}

/** URLs become strings: they are paths to the server. */
function plainPermissions(permissions: TaskOptions["permissions"]): unknown {
  if (permissions === undefined || typeof permissions !== "object") return permissions ?? null;
  return Object.fromEntries(
    Object.entries(permissions).map(([kind, grant]) => [kind, Array.isArray(grant) ? grant.map(String) : grant]),
  );
}
