/**
 * What a worker is told when it starts, and who it is once it has said where it runs.
 *
 * @module
 */

import { hostName } from "../host/host_name.ts";
import { MESSENGER, type Messenger, type WorkerIdentity } from "../procedures/messenger.ts";
import type { WireWorkerItem, WorkerItem, WorkerOrder } from "../wire/worker_message.ts";
import type { ResolvedWorkerOptions } from "./worker_options.ts";

let lastNumber = 0;

/** The order for one life, which begins with this state. */
export function orderFor(options: ResolvedWorkerOptions, initState: unknown): WorkerOrder {
  const { isCareful = options.itemTimeoutMs !== undefined } = options;
  const { name, kind, wall = null, input, isPersistent, endsOnError, concurrency = 1, isStage = false, userId = null } =
    options;
  return {
    args: input,
    isPersistent,
    endsOnError,
    ...concurrency === 1 ? {} : { concurrency },
    // Else what the one before gave would be lost with a call that is stuck and never yields, and bear the blame.
    ...isCareful ? { isCareful } : {},
    isStage,
    isDirect: kind !== "remote",
    initState,
    name,
    userId,
    parentId: ownId(),
    // Several share a thread, or have the number of a thread that is gone; and behind a wall, which a server may have,
    // each process has the same number.
    suffix: kind === "process" && wall === null ? "" : `:${++lastNumber}`,
  };
}

/** Who a worker is that has started with this order. */
export function identityOf(
  [, host, pid, tid]: WireWorkerItem & { 0: typeof WorkerItem.started },
  order: WorkerOrder,
): WorkerIdentity {
  const { name, userId, parentId, suffix } = order;
  return {
    id: `${host}:${pid}:${tid}${suffix}`,
    parentId,
    host: String(host),
    pid: Number(pid),
    tid: Number(tid),
    name,
    userId,
  };
}

/** Who makes a worker here: the worker that this code runs in, or this program. */
function ownId(): string {
  const messenger = (globalThis as { [MESSENGER]?: Partial<Messenger> })[MESSENGER];
  return messenger?.worker?.id ?? `${hostName()}:${Deno.pid}:${Deno.pid}`;
}
