/**
 * What a session can ask for. A client's session may touch every task; a task's session only what lies below it.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isGroupId } from "../core/item_id.ts";
import { allThere, ask, type Later, whenThere } from "../core/later.ts";
import { ownInputs } from "../engine/submission.ts";
import { Result, type TaskRecord } from "../engine/task.ts";
import type { TaskView } from "../engine/task_view.ts";
import { isFinal } from "../core/task_state.ts";
import type { WireTaskInfo } from "../wire/listing_message.ts";
import type { Calls, WireResult } from "../wire/message.ts";
import type { KeptLines } from "../wire/kept_lines.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { Streams } from "./streams.ts";
import type { Backups } from "./backups.ts";
import { durabilityOf } from "./durability.ts";
import type { EventHub } from "./event_hub.ts";
import type { PauseSwitch } from "./pause_switch.ts";
import type { Pipelines } from "./pipelines.ts";
import type { Profiles } from "./profiles.ts";
import type { ScheduleCommands } from "./schedule_commands.ts";
import { RunKinds } from "./run_kinds.ts";
import { parseAckItems } from "./item_requests.ts";
import {
  parseAck,
  parseAttach,
  parseIds,
  parseInput,
  parseQuit,
  parseSubscribe,
  parseSubscription,
  parseTaskCount,
  parseTerminate,
} from "./requests.ts";
import { isVisible, requireClient, scopeOf, Scopes } from "./scopes.ts";
import { parseStep, parseStepValue } from "./step_requests.ts";
import { parseSubmit } from "./submit_request.ts";
import { toWire } from "./result_outbox.ts";
import { parseList, toWireDealtWith, toWireInfo } from "./task_lists.ts";
import type { Caller } from "../engine/caller.ts";
import type { TaskStore } from "../engine/task_store.ts";

/** What commands act on. */
export interface CommandsParams {
  dispatcher: Dispatcher<Streams>;
  profiles: Profiles;
  hub: EventHub;
  keptLines: KeptLines;
  pipelines: Pipelines;
  schedules: ScheduleCommands;
  pauseSwitch: PauseSwitch;
  backups: Pick<Backups, "makeFor">;
  /** Which life of a server this is. */
  life: Calls["life"]["reply"];
  /** Whether tasks can outlive the server. */
  keepsTasks: boolean;
  store: Pick<TaskStore, "isLeft" | "written">;
  status(): unknown;
  quit(mode: "drain" | "now", deadlineMs: number | null, peer: Peer): void;
}

/** Executes commands. */
export class Commands {
  #params: CommandsParams;
  #runs: RunKinds;
  #scopes: Scopes;

  constructor(params: CommandsParams) {
    this.#params = params;
    this.#runs = new RunKinds(params);
    this.#scopes = new Scopes(params.dispatcher);
  }

  /**
   * Answers one call.
   *
   * @throws {TaskError} that goes back to the caller.
   */
  execute(command: string, body: unknown, caller: Caller, peer: Peer): unknown {
    const { dispatcher, hub } = this.#params;
    switch (command) {
      case "submit":
        return this.#submit(body, caller);
      case "await":
        return this.#await(parseIds(body, command), caller);
      case "unawait":
        return ask(({ give }) => dispatcher.unawait(caller, parseIds(body, command), () => give(null)));
      case "query":
        return this.#notLeft(parseIds(body, command), (id) => this.#lookUp(id, caller));
      case "cancel":
        return this.#cancel(body, caller);
      case "info":
        return this.#notLeft(parseIds(body, command), (id) => this.#info(id, caller));
      case "list":
        requireClient(caller, command);
        return this.#list(body, caller);
      case "attach": {
        const { taskId, received } = parseAttach(body);
        return whenThere(this.#scopes.visible([taskId], caller), (visible) => {
          return visible.length === 0 ? null : dispatcher.streams.attach(taskId, caller, received);
        });
      }
      case "terminate": {
        const { taskId, how } = parseTerminate(body);
        return whenThere(this.#scopes.visible([taskId], caller), (visible) => {
          return visible.length > 0 && dispatcher.terminate(taskId, how);
        });
      }
      case "subscribe":
        return this.#subscribe(body, caller, peer);
      case "unsubscribe":
        hub.unsubscribe(peer, parseSubscription(body, command));
        return null;
      case "pipe":
        return this.#pipe(body, caller);
      case "step":
      case "keepStep":
        return this.#step(command, body, caller);
      case "setSchedule":
      case "schedules":
      case "pauseSchedule":
      case "resumeSchedule":
      case "triggerSchedule":
      case "deleteSchedule":
        return this.#params.schedules.execute(command, body, caller);
      case "retry":
      case "discard":
        requireClient(caller, command);
        return whenThere(dispatcher.reviving[command](parseIds(body, command)), toWireDealtWith);
      case "pause":
      case "resume":
        requireClient(caller, command);
        return this.#params.pauseSwitch[command]();
      case "backup":
        requireClient(caller, command);
        return this.#params.backups.makeFor(body);
      case "life":
        requireClient(caller, command);
        return this.#params.life;
      case "status":
        requireClient(caller, command);
        return this.#params.status();
      case "quit": {
        requireClient(caller, command);
        const { mode, deadlineMs } = parseQuit(body);
        this.#params.quit(mode, deadlineMs, peer);
        return null;
      }
      default:
        throw new TaskError("UNKNOWN_COMMAND", `Cannot execute "${command.slice(0, 100)}": there is no such command`);
    }
  }

  /** Takes a push that clients and tasks may both send. False for any other. Ids that are none of theirs are passed over. */
  push(topic: string, body: unknown, caller: Caller): boolean {
    const { dispatcher } = this.#params;
    switch (topic) {
      case "ack":
        void whenThere(
          this.#scopes.visible(parseAck(body), caller),
          (visible) => dispatcher.acknowledge(caller, visible),
        );
        return true;
      case "ackItems":
        for (const [id, number] of parseAckItems(body)) {
          if (this.#scopes.isOwnGroup(id, caller)) dispatcher.acknowledgeItems(id, number);
        }
        return true;
      case "kind":
        if (caller.run !== null) return false;
        this.#runs.define(caller, body);
        return true;
      case "runs":
        if (caller.run !== null) return false;
        this.#runs.run(caller, body);
        return true;
      case "leave":
        this.#params.pipelines.leave(body, caller);
        return true;
      case "taken":
        dispatcher.streams.onTaken(caller, ...parseTaskCount(body));
        return true;
      case "input":
        dispatcher.streams.onInput(caller, ...parseInput(body));
        return true;
      case "inputEnd":
        dispatcher.streams.onInputEnd(caller, ...parseTaskCount(body));
        return true;
      default:
        return false;
    }
  }

  /** A task lends its slot while it waits for a pipeline: a stage may wait for tasks in turn. */
  #pipe(body: unknown, caller: Caller): Promise<Uint8Array> {
    const { pipelines, dispatcher } = this.#params;
    if (caller.run === null) return pipelines.call(body, caller);
    const letGo = dispatcher.awaitOther(caller);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    pipelines.call(body, caller).then(
      (output) => letGo(() => resolve(output)),
      (error) => letGo(() => reject(error)),
    );
    return promise;
  }

  #step(command: "step" | "keepStep", body: unknown, { run }: Caller): Later<Calls["step" | "keepStep"]["reply"]> {
    if (run === null) throw new TaskError("NOT_ALLOWED", `Cannot execute "${command}": only a task has steps`);
    const { steps } = this.#params.dispatcher;
    if (command === "step") return steps.find(run, parseStep(body, command));
    return whenThere(steps.keep(run, parseStep(body, command), parseStepValue(body)), () => null);
  }

  #submit(body: unknown, caller: Caller): Later<number> {
    const request = parseSubmit(body);
    if (caller.run !== null && request.items?.known) {
      throw new TaskError("INVALID_REQUEST", "Cannot submit items of which some are known: a task submits them once");
    }
    const areOwn = this.#scopes.requireOwnIds(request.tasks, caller);
    // The inputs are views of what was read.
    const own = areOwn instanceof Promise ? ownInputs(request) : request;
    return whenThere(areOwn, () => {
      const profile = this.#params.profiles.profileFor(own, caller.run?.task.profile ?? null);
      const submission = { ...own, profile, ...durabilityOf(own, this.#params.keepsTasks) };
      return ask<number>((answer) => this.#params.dispatcher.submit(caller, submission, answer));
    });
  }

  #await(ids: string[], caller: Caller): Later<string[]> {
    return whenThere(this.#scopes.visible(ids, caller), (visible) => {
      const seen = new Set(visible);
      const hidden = visible.length === ids.length ? [] : ids.filter((id) => !seen.has(id));
      return whenThere(this.#params.dispatcher.await(caller, visible), (unknown) => {
        this.#requireNotLeft(unknown);
        return [...unknown, ...hidden];
      });
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

  #cancel(body: unknown, caller: Caller): Later<number> {
    const asked = parseIds(body, "cancel");
    const discard = (body as { discard?: unknown }).discard === true;
    const { true: groups = [], false: tasks = [] } = Object.groupBy(asked, (id) => `${isGroupId(id)}`);
    const own = groups.filter((id) =>
      discard ? this.#scopes.isOwnGroup(id, caller) : this.#scopes.mayEndGroup(id, caller)
    );
    return whenThere(this.#scopes.visible(tasks, caller), (visible) => {
      const ids = [...visible, ...own];
      if (discard) this.#params.dispatcher.unawait(caller, ids);
      const count = this.#params.dispatcher.cancel(ids, discard);
      // What waited is over; that is to last before anybody hears of it.
      return discard || count === 0 ? count : whenThere(this.#params.store.written(), () => count);
    });
  }

  #subscribe(body: unknown, caller: Caller, peer: Peer): Later<null> {
    const { subscription, topic, taskId, from } = parseSubscribe(body);
    const { dispatcher, hub, keptLines } = this.#params;
    const scope = scopeOf(caller);
    if (taskId === null && scope !== null) {
      throw new TaskError("NOT_ALLOWED", "Cannot subscribe: a task can listen only to tasks that it submitted");
    }
    return whenThere(taskId === null ? [] : this.#scopes.visible([taskId], caller), (visible) => {
      // To a task, what is not below it is as what nobody knows, or knows no more.
      const isOver = taskId !== null && (visible.length === 0 || dispatcher.find(taskId) === undefined);
      const isKept = taskId !== null && (scope === null || keptLines.isBelow(taskId, scope.id));
      const known = isKept && topic === "logs" && from !== undefined ? keptLines.of(taskId, from) : [];
      if (!isOver) hub.subscribe(peer, subscription, topic, taskId, known);
      // After the reply, which the caller awaits before it looks for anything else.
      queueMicrotask(() => {
        if (!isOver) return hub.catchUp(peer, subscription);
        if (known.length > 0) pushList(peer, "log", known, (lines) => [subscription, lines]);
        peer.push("end", subscription);
      });
      return null;
    });
  }

  #info(id: string, caller: Caller): Later<WireTaskInfo | null> {
    const { listing } = this.#params.dispatcher;
    return whenThere(listing.view(id), (view) => {
      const scope = scopeOf(caller);
      if (view === undefined || !isVisible({ id, parent: view.origin.parent }, scope)) return null;
      return this.#wireInfo(view);
    });
  }

  #list(body: unknown, caller: Caller): Later<Calls["list"]["reply"]> {
    const { filter, place, most } = parseList(body, caller.clientKey.name);
    const { listing } = this.#params.dispatcher;
    return whenThere(listing.page(filter, place, most), ({ tasks, next }) => {
      return [tasks.map((view) => this.#wireInfo(view)), next];
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

function unfinished(task: TaskRecord): WireResult {
  const { id, origin, state, attempt, followupIds, startedAt, progress } = task;
  if (isFinal(state)) throw new Error(`Task ${id} is final and still listed`);
  return [id, state, attempt, null, followupIds ?? [], origin.submittedAt, startedAt, null, progress];
}
