/**
 * Tasks that listen to the logs and the progress of their subtasks.
 *
 * @module
 */

import type { Calls, LogLevel, PushesFromServer } from "../wire/message.ts";
import type { WireLogLine, WireProgress } from "../wire/log_lines.ts";
import type { LocalRun } from "./local_run.ts";

type Subscription = Calls["subscribe"]["body"];

interface Listener extends Subscription {
  readonly listener: LocalRun;
}

/** All of them. */
export class Listeners {
  #all = new Set<Listener>();

  /** A task listens to one, or to all below it. */
  add(listener: LocalRun, body: Subscription, known: ReadonlyMap<string, LocalRun>): null {
    const { subscription, taskId } = body;
    if (taskId !== null && (known.get(taskId)?.result ?? null) !== null) listener.place?.push("end", subscription);
    else this.#all.add({ ...body, listener });
    return null;
  }

  /** It listens no more. */
  delete(listener: LocalRun, subscription: number): null {
    for (const other of this.#all) {
      if (other.listener === listener && other.subscription === subscription) this.#all.delete(other);
    }
    return null;
  }

  /** A line of a task's log. */
  onLine(run: LocalRun, level: LogLevel, text: string): void {
    const line: WireLogLine = [run.id, "", level, Date.now(), text];
    this.#tell(run, "logs", "log", (subscription) => [subscription, [line]]);
  }

  /** A task has said how far it is. */
  onProgress(run: LocalRun, done: number, total: number | null): void {
    const report: WireProgress = [run.id, done, total];
    this.#tell(run, "progress", "progress", (subscription) => [subscription, [report]]);
  }

  /** Nothing more comes of this task, and it hears nothing more. */
  onEnd(run: LocalRun): void {
    for (const other of this.#all) {
      if (other.taskId === run.id) other.listener.place?.push("end", other.subscription);
      if (other.taskId === run.id || other.listener === run) this.#all.delete(other);
    }
  }

  #tell<Topic extends "log" | "progress">(
    run: LocalRun,
    wanted: Subscription["topic"],
    topic: Topic,
    bodyFor: (subscription: number) => PushesFromServer[Topic],
  ): void {
    for (const { listener, taskId, topic: listened, subscription } of this.#all) {
      if (listened !== wanted || (taskId === null ? !isBelow(run, listener) : taskId !== run.id)) continue;
      listener.place?.push(topic, bodyFor(subscription));
    }
  }
}

function isBelow(run: LocalRun, other: LocalRun): boolean {
  for (let above = run.params.parent; above !== null; above = above.params.parent) if (above === other) return true;
  return false;
}
