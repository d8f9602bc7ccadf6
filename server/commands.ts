/**
 * What a session can ask for. A client's session may touch every task; a task's session only what lies below it.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { isGroupId } from "../core/item_id.ts";
import { ask, type Later, whenThere } from "../core/later.ts";
import { ownInputs } from "../engine/submission.ts";
import type { Calls } from "../wire/message.ts";
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
import { requireClient, scopeOf, Scopes } from "./scopes.ts";
import { parseStep, parseStepValue } from "./step_requests.ts";
import { parseSubmit } from "./submit_request.ts";
import { toWireDealtWith } from "./task_lists.ts";
import { TaskLookups } from "./task_lookups.ts";
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
  #lookups: TaskLookups;

  constructor(params: CommandsParams) {
    this.#params = params;
    this.#runs = new RunKinds(params);
    this.#scopes = new Scopes(params.dispatcher);
    this.#lookups = new TaskLookups(params, this.#scopes);
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
        return this.#lookups.await(parseIds(body, command), caller);
      case "unawait":
        return ask(({ give }) => dispatcher.unawait(caller, parseIds(body, command), () => give(null)));
      case "query":
        return this.#lookups.query(parseIds(body, command), caller);
      case "cancel":
        return this.#cancel(body, caller);
      case "info":
        return this.#lookups.info(parseIds(body, command), caller);
      case "list":
        requireClient(caller, command);
        return this.#lookups.list(body, caller);
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
}
