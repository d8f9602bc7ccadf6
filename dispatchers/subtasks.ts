/**
 * What a server does for tasks that submit tasks, where there is none: takes them, hands their results to whoever waits,
 * and keeps the others until they are taken, or until the task of the dispatcher that they are below has ended.
 *
 * @module
 */

import { isGroupId, isOfGroup, itemId, prefixOf } from "../core/item_id.ts";
import { ownBytes } from "../core/own_bytes.ts";
import { unrecordedStep } from "../core/step.ts";
import type { Calls, PushesToServer, SubmitBody } from "../wire/message.ts";
import { fromWirePacked, valueAt } from "../wire/packed_values.ts";
import { Listeners } from "./listeners.ts";
import { needsServer, requireNoServer } from "./local_task.ts";
import { LocalRun } from "./local_run.ts";
import type { LocalStartLimit } from "./unit.ts";
import { LocalStreams } from "./local_streams.ts";

/** What runs them. */
export interface SubtasksParams {
  /** Runs a task as soon as there is a slot; where there was none for so long, it is given up. */
  add(run: LocalRun, limit: LocalStartLimit | null): void;
  /** What tasks wait for has changed: a slot may be free. */
  fill(): void;
}

/** All subtasks of a dispatcher. */
export class Subtasks {
  #params: SubtasksParams;
  #byId = new Map<string, LocalRun>();
  #listeners = new Listeners();
  #streams = new LocalStreams((id) => this.#byId.get(id));

  constructor(params: SubtasksParams) {
    this.#params = params;
  }

  /** Answers a task. */
  onCall(caller: LocalRun, command: string, body: unknown): unknown {
    switch (command as keyof Calls) {
      case "submit":
        return this.#submit(caller, body as SubmitBody);
      case "await":
        return this.#await(caller, (body as Calls["await"]["body"]).ids);
      case "unawait":
        return this.#unawait(caller, (body as Calls["unawait"]["body"]).ids);
      case "query":
        return (body as Calls["query"]["body"]).ids.map((id) => this.#byId.get(id)?.known ?? null);
      case "info":
        return (body as Calls["info"]["body"]).ids.map((id) => this.#byId.get(id)?.info ?? null);
      case "cancel":
        return this.#cancel(body as Calls["cancel"]["body"]);
      case "subscribe":
        return this.#listeners.add(caller, body as Calls["subscribe"]["body"], this.#byId);
      case "unsubscribe":
        return this.#listeners.delete(caller, (body as Calls["unsubscribe"]["body"]).subscription);
      case "step":
      case "keepStep":
        return unrecordedStep(command);
      default:
        throw needsServer(`Cannot call "${command}"`);
    }
  }

  /** Hears what a task says. */
  onPush(run: LocalRun, topic: string, body: unknown): void {
    switch (topic as keyof PushesToServer) {
      case "ack":
        for (const id of body as PushesToServer["ack"]) this.#forget(this.#byId.get(id));
        return;
      case "ackItems":
        // Each was acknowledged by its id.
        return;
      case "log":
        for (const [level, text] of body as PushesToServer["log"]) this.#listeners.onLine(run, level, text);
        return;
      case "progress":
        run.progress = body as PushesToServer["progress"];
        return this.#listeners.onProgress(run, ...run.progress);
      default:
        if (this.#streams.onPush(run, topic, body)) this.#params.fill();
    }
  }

  /** A task has ended, be it a subtask or not. */
  onEnd(run: LocalRun): void {
    this.#listeners.onEnd(run);
    if (run.params.parent === null) {
      for (const other of run.kept) if (other.result !== null) this.#forget(other);
      return;
    }
    this.#streams.onEnd(run);
    for (const waiter of [...run.waiters]) this.#tell(waiter, run);
    if (run.root.result !== null) this.#forget(run);
  }

  #submit(caller: LocalRun, { profile, bound, followup, ...body }: SubmitBody): number {
    if (profile.worker) throw needsServer("Cannot start a worker");
    requireNoServer(body);
    const tasks = tasksOf(body);
    const options = { timeoutMs: profile.timeoutMs ?? undefined };
    for (const [id, input] of tasks) {
      const run = new LocalRun({
        id,
        target: profile.target,
        input: ownBytes(input),
        isStream: profile.stream,
        options,
        parent: caller,
        isBound: bound,
        onEnd: (run) => this.onEnd(run),
      });
      this.#byId.set(id, run);
      run.root.kept.add(run);
      if (followup) caller.followups.push(id);
      if (profile.stream) this.#streams.add(run, caller);
      if (body.await) this.#wait(caller, run);
    }
    const { startBeforeMs } = body;
    const limit = startBeforeMs == null ? null : { startBeforeMs, left: startBeforeMs };
    // Only now: with the first of them that lends the caller's slot, all that it waits for are known.
    for (const [id] of tasks) this.#params.add(this.#byId.get(id)!, limit);
    return tasks.length;
  }

  #wait(caller: LocalRun, run: LocalRun): void {
    caller.awaits.add(run);
    run.waiters.add(caller);
  }

  #await(caller: LocalRun, ids: readonly string[]): string[] {
    const unknown: string[] = [];
    for (const id of ids) {
      const run = this.#byId.get(id);
      if (run === undefined) unknown.push(id);
      else if (run.result !== null) this.#tell(caller, run);
      else this.#wait(caller, run);
    }
    this.#params.fill();
    return unknown;
  }

  #unawait(caller: LocalRun, ids: readonly string[]): null {
    for (const id of ids) {
      const run = this.#byId.get(id);
      if (run !== undefined) this.#release(caller, run);
    }
    return null;
  }

  #cancel({ ids, discard }: Calls["cancel"]["body"]): number {
    const runs = ids.flatMap((id) => isGroupId(id) ? this.#itemsOf(id) : this.#byId.get(id) ?? []);
    const count = runs.filter((run) => run.result === null).length;
    for (const run of runs) {
      if (discard) { for (const waiter of [...run.waiters]) this.#release(waiter, run); }
      if (run.result === null) run.unit!.cancel();
      if (discard) this.#forget(run);
    }
    this.#params.fill();
    return count;
  }

  /** Those of a map that are not forgotten. */
  #itemsOf(groupId: string): LocalRun[] {
    return [...this.#byId.values()].filter(({ id }) => isOfGroup(id) && prefixOf(id) === prefixOf(groupId));
  }

  /** It goes on when it waits for nothing more. */
  #tell(waiter: LocalRun, run: LocalRun): void {
    this.#release(waiter, run);
    waiter.place?.push("results", [run.result]);
  }

  #release(waiter: LocalRun, run: LocalRun): void {
    waiter.awaits.delete(run);
    run.waiters.delete(waiter);
  }

  #forget(run: LocalRun | undefined): void {
    if (run === undefined) return;
    this.#byId.delete(run.id);
    run.root.kept.delete(run);
  }
}

/** Items of a map are tasks here, each with its result. */
function tasksOf({ tasks, items, group }: Pick<SubmitBody, "tasks" | "items" | "group">): SubmitBody["tasks"] {
  if (items == null) return tasks;
  const [firstNumber, packed] = items;
  const values = fromWirePacked(packed);
  const prefix = prefixOf(group![0]);
  return Array.from(values.ends, (_, row) => [itemId(prefix, firstNumber + row), valueAt(values, row)]);
}
