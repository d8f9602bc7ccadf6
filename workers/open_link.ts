/**
 * Starts a worker of each kind.
 *
 * @module
 */

import { ANSWER_BUDGET, resultBudget } from "../wire/decode_budget.ts";
import type { StartCarrier } from "../host/carrier.ts";
import { startInline } from "../host/inline_carrier.ts";
import { PeerLink } from "./peer_link.ts";
import { startProcess } from "./process_carrier.ts";
import { RemoteLink } from "./remote_link.ts";
import { startThread } from "../host/thread_carrier.ts";
import type { LinkEvents, WorkerLink } from "./worker_link.ts";
import type { ResolvedWorkerOptions, WorkerKind } from "./worker_options.ts";

const CARRIERS: Record<Exclude<WorkerKind, "remote">, StartCarrier> = {
  process: startProcess,
  thread: startThread,
  inline: startInline,
};

/** Starts what the options say; `input` is the encoded order. The signal gives up what may never come to an end. */
export function openLink(
  { kind, wireTarget: target, caller, name, permissions, memoryMb, cpus, ceiling, wall, isStage, onLog, onProgress }:
    ResolvedWorkerOptions,
  input: Uint8Array,
  events: LinkEvents,
  signal: AbortSignal,
): Promise<WorkerLink> {
  const options = { permissions, memoryMb, name };
  if (kind !== "remote") {
    const budget = isStage ? ANSWER_BUDGET : resultBudget();
    const own = { ...options, cpus, ceiling, wall, logsConsole: onLog !== undefined };
    return PeerLink.open({ start: CARRIERS[kind], target, input, options: own, events, budget });
  }
  const listens = { logs: onLog !== undefined, progress: onProgress !== undefined };
  return RemoteLink.open({ caller: caller!, target, input, options, events, listens, signal });
}
