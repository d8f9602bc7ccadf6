/**
 * What a session asks about tasks: how they end, how far they are, which there are. What a session may not see is to it as
 * what nobody knows.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { allThere, type Later, whenThere } from "../core/later.ts";
import { isFinal } from "../core/task_state.ts";
import type { Caller } from "../engine/caller.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import { Result } from "../engine/result.ts";
import type { TaskRecord } from "../engine/task.ts";
import type { TaskStore } from "../engine/task_store.ts";
import type { TaskView } from "../engine/task_view.ts";
import type { WireTaskInfo } from "../wire/listing_message.ts";
import type { Calls, WireResult } from "../wire/message.ts";
import { toWire } from "./result_outbox.ts";
import { isVisible, scopeOf, type Scopes } from "./scopes.ts";
import { parseList, toWireInfo } from "./task_lists.ts";

/** Where tasks are looked up. */
export interface TaskLookupsParams {
  dispatcher: Pick<Dispatcher, "await" | "lookUp" | "listing" | "failedAttemptsOf">;
  store: Pick<TaskStore, "isLeft">;
}

/** Looks tasks up. */
export class TaskLookups {
  #params: TaskLookupsParams;
  #scopes: Scopes;

  constructor(params: TaskLookupsParams, scopes: Scopes) {
    this.#params = params;
    this.#scopes = scopes;
  }

  /** Awaits these, for the caller; gives those that nobody knows. */
  await(ids: string[], caller: Caller): Later<string[]> {
    return whenThere(this.#scopes.visible(ids, caller), (visible) => {
      const hidden = visible.length === ids.length ? [] : without(ids, visible);
      return whenThere(this.#params.dispatcher.await(caller, visible), (unknown) => {
        this.#requireNotLeft(unknown);
        return [...unknown, ...hidden];
      });
    });
  }

  /** How these have ended, or how far they are; null for what nobody knows. */
  query(ids: string[], caller: Caller): Later<(WireResult | null)[]> {
    return this.#notLeft(ids, (id) => this.#lookUp(id, caller));
  }

  /** What is told of these; null for what nobody knows. */
  info(ids: string[], caller: Caller): Later<(WireTaskInfo | null)[]> {
    return this.#notLeft(ids, (id) => this.#info(id, caller));
  }

  /** A page of those that there are. */
  list(body: unknown, caller: Caller): Later<Calls["list"]["reply"]> {
    const { filter, place, most } = parseList(body, caller.clientKey.name);
    const { listing } = this.#params.dispatcher;
    return whenThere(listing.page(filter, place, most), ({ tasks, next }) => {
      return [tasks.map((view) => this.#wireInfo(view)), next];
    });
  }

  /** What is known of each; null of what nobody knows. */
  #notLeft<Known>(ids: string[], of: (id: string) => Later<Known | null>): Later<(Known | null)[]> {
    return whenThere(allThere(ids.map(of)), (known) => {
      this.#requireNotLeft(ids.filter((_, at) => known[at] === null));
      return known;
    });
  }

  /**
   * A server that stops has let go of what waits, and of what it killed: the next one knows it.
   *
   * @throws {TaskError} `SERVER_STOPPING`
   */
  #requireNotLeft(ids: readonly string[]): void {
    const left = ids.find((id) => this.#params.store.isLeft(id));
    if (left === undefined) return;
    throw new TaskError(
      "SERVER_STOPPING",
      `Cannot say what becomes of task ${left}: the server is stopping, and leaves it to the next`,
    );
  }

  #info(id: string, caller: Caller): Later<WireTaskInfo | null> {
    const { listing } = this.#params.dispatcher;
    return whenThere(listing.view(id), (view) => {
      const scope = scopeOf(caller);
      if (view === undefined || !isVisible({ id, parent: view.origin.parent }, scope)) return null;
      return this.#wireInfo(view);
    });
  }

  #wireInfo(view: TaskView): WireTaskInfo {
    return toWireInfo(view, this.#params.dispatcher.failedAttemptsOf(view.id));
  }

  #lookUp(id: string, caller: Caller): Later<WireResult | null> {
    return whenThere(this.#params.dispatcher.lookUp(id), (found) => {
      if (found === undefined || !isVisible(found, scopeOf(caller))) return null;
      return found instanceof Result ? toWire(found) : unfinished(found);
    });
  }
}

function without(ids: readonly string[], some: readonly string[]): string[] {
  const seen = new Set(some);
  return ids.filter((id) => !seen.has(id));
}

function unfinished(task: TaskRecord): WireResult {
  const { id, origin, state, attempt, followupIds, startedAt, progress } = task;
  if (isFinal(state)) throw new Error(`Task ${id} is final and still listed`);
  return [id, state, attempt, null, followupIds ?? [], origin.submittedAt, startedAt, null, progress];
}
