/**
 * A worker process's connection: the task that it runs speaks here, and can act only within what it submitted.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import { encode } from "../wire/codec.ts";
import type { PushesToServer } from "../wire/message.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import type { Commands } from "./commands.ts";
import type { Dispatcher } from "../engine/dispatcher.ts";
import type { EventHub } from "./event_hub.ts";
import { parseOutcomes } from "./item_requests.ts";
import { parseItems, parseLeak, parseLines, parseOutcome, parseProgress } from "./requests.ts";
import { parseCount } from "./shapes.ts";
import type { Caller, Outbox } from "../engine/caller.ts";
import { TaskRun } from "../engine/task_run.ts";
import type { Streams } from "./streams.ts";
import type { Turns } from "./turns.ts";
import type { Worker } from "../host/worker.ts";

/** What a session is built from. */
export interface WorkerSessionParams {
  transport: Transport;
  worker: Worker;
  commands: Commands;
  dispatcher: Dispatcher<Streams>;
  /** Makes the way of results to a session. */
  outboxFor(peer: Peer): Outbox;
  hub: EventHub;
  /** When it is the turn of others. */
  turns: Turns;
  /** A larger result is none: its task has failed. */
  maxResultBytes: number;
}

/** Connects a worker with its process. Messages come in order, so they are the current task's. */
export function openWorkerSession(
  { transport, worker, commands, dispatcher, outboxFor, hub, turns, maxResultBytes }: WorkerSessionParams,
): void {
  const callerOf = (run: TaskRun): Caller =>
    run.caller ??= {
      run,
      owner: run.task.origin.owner,
      clientKey: run.task.origin.clientKey,
      peer,
      outbox: outboxFor(peer),
    };
  const onPush = (topic: string, body: unknown) => {
    switch (topic) {
      case "outcome":
        return worker.returned(...bounded(parseOutcome(body), maxResultBytes));
      case "outcomes":
        return worker.itemsReturned(parseOutcomes(body, maxResultBytes));
      case "log":
        return worker.passOn(currentOf(worker), { lines: parseLines(body), progress: null });
      case "progress":
        return worker.passOn(currentOf(worker), { lines: [], progress: parseProgress(body) });
      case "said":
        return worker.said(parseCount(body));
      case "ready":
        return worker.ready(parseLeak(body));
      case "unfit":
        return worker.unfit();
      case "recalled":
        return worker.recalled(parseCount(body));
      case "opened":
        return dispatcher.streams.opened(currentOf(worker));
      case "items":
        return dispatcher.streams.onItems(currentOf(worker), parseItems(body, maxResultBytes));
      case "inputTaken":
        return dispatcher.streams.onInputTaken(currentOf(worker), parseCount(body));
      case "pause":
        return dispatcher.streams.onPause(currentOf(worker), parseCount(body));
      case "leave":
        // Of items of a task that is over, which went with it, this says nothing to the one that runs now.
        if (worker.head instanceof TaskRun && worker.head.caller !== null) {
          commands.push(topic, body, worker.head.caller);
        }
        return;
      default:
        if (commands.push(topic, body, callerOf(currentOf(worker)))) return;
        throw new TaskError("UNKNOWN_COMMAND", `A worker cannot push "${topic.slice(0, 100)}"`);
    }
  };
  const peer: Peer = new Peer(transport, {
    onCall: (command, body) => commands.execute(command, body, callerOf(currentOf(worker)), peer),
    onPush,
  }, { readsOnlyWhenRead: true, turns });
  peer.closed.then(() => hub.leave(peer));
  worker.connected(peer);
}

/** The task's own process refuses what is larger; one that does not is not to be trusted. */
function bounded(outcome: PushesToServer["outcome"], maxResultBytes: number): PushesToServer["outcome"] {
  const { length } = outcome[1];
  if (length <= maxResultBytes) return outcome;
  const message = `Cannot take the result: it has ${length} bytes, and ${maxResultBytes} are allowed (maxResultBytes)`;
  return ["failed", encode(new TaskError("RESULT_TOO_LARGE", message))];
}

/** What an item says comes behind the outcomes of those before it: it is known to run. */
function currentOf(worker: Worker): TaskRun {
  const run = worker.current;
  if (run === null) throw new TaskError("NOT_ALLOWED", "A worker without a task has nothing to say");
  run.isKnown = true;
  return run;
}
