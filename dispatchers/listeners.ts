/**
 * Tasks that listen to the logs and the progress of their subtasks, from the first line of each on.
 *
 * @module
 */

import type { Calls, LogLevel, PushesFromServer } from "../wire/message.ts";
import { systemClock } from "../core/clock.ts";
import { KeptLines } from "../wire/kept_lines.ts";
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
    const { subscription, topic, taskId, from } = body;
    if (taskId !== null && topic === "logs" && from !== undefined) {
      const kept = listener.root.lines?.of(taskId, from) ?? [];
      if (kept.length > 0) listener.place?.push("log", [subscription, kept]);
    }
    const run = taskId === null ? null : known.get(taskId);
    // What ended is forgotten when its result was taken.
    if (run === undefined || (run !== null && run.result !== null)) listener.place?.push("end", subscription);
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
    // A task that nobody in the dispatcher has submitted has no listener.
    if (run.params.parent === null) return;
    const line: WireLogLine = [run.id, "", level, Date.now(), text];
    (run.root.lines ??= new KeptLines(systemClock, Infinity)).add(run.id, [line]);
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
