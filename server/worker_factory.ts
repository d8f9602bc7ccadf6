/**
 * Makes workers whose life is told to all that watch over it: what is theirs at the start, memory, the log.
 *
 * @module
 */

import type { Staff } from "../engine/assignments.ts";
import type { MemoryWatch } from "../host/memory_watch.ts";
import type { EventHub } from "./event_hub.ts";
import type { ServerLog } from "./server_log.ts";
import { SummedLog } from "../host/summed_log.ts";
import type { TaskLog } from "./task_log.ts";
import { Worker, type WorkerParams } from "../host/worker.ts";
import type { WorkerTokens } from "../host/worker_tokens.ts";

/** What workers are made with. */
export interface WorkerSupplies extends Pick<WorkerParams, "host" | "ticker" | "graceMs" | "allHeard" | "caughtUp"> {
  tokens: WorkerTokens;
  memory: MemoryWatch;
  log: ServerLog;
  taskLog: TaskLog;
  hub: EventHub;
}

/** What the dispatcher is told of a worker is told to the parts that watch over it too. */
export function workerFactory({ tokens, memory, log, taskLog, hub, ...params }: WorkerSupplies): Staff["createWorker"] {
  const failures = new SummedLog({ ticker: params.ticker, log });
  return (profile, number, events) =>
    new Worker({
      profile,
      number,
      ...params,
      events: {
        ...events,
        onSpawned(worker) {
          tokens.issue(worker);
          memory.add(worker);
        },
        onGone(worker) {
          tokens.revoke(worker);
          memory.remove(worker);
          events.onGone(worker);
        },
        onStartFailed(first, others, error, cause) {
          const { name } = first.task.profile;
          failures.add("starts of processes", `Cannot start a process for ${name}, trying again: ${whyOf(error)}`);
          events.onStartFailed(first, others, error, cause);
        },
        onLost(run, error) {
          const { id, profile: { name } } = run.task;
          log.write(run.worker.name, "warning", `Task ${id} (${name}) runs again, alone: ${error.message}`);
          events.onLost(run, error);
        },
        onLeak(worker, what) {
          const { name } = worker.profile;
          log.write(worker.name, "warning", `Ended the process of ${name}: a task left behind ${what}`);
        },
        onLine(worker, stream, line) {
          if (worker.current !== null) {
            taskLog.lines(worker.current, [[stream === "stdout" ? "info" : "error", line]]);
          }
        },
        onSaid(run, { lines, progress }) {
          if (lines.length > 0) taskLog.lines(run, lines);
          if (progress === null) return;
          run.task.progress = progress;
          hub.progress(run.task.id, ...progress);
        },
      },
    });
}

/** What the system said, where it did. */
function whyOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message;
}
