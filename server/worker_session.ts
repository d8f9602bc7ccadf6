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
import { isLatePush } from "./late_push.ts";
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
        return heard(parseLines(body), (run, lines) => worker.passOn(run, { lines, progress: null }));
      case "progress":
        return heard(parseProgress(body), (run, progress) => worker.passOn(run, { lines: [], progress }));
      case "said":
        return worker.said(parseCount(body));
      case "ready":
        return worker.ready(parseLeak(body));
      case "unfit":
        return worker.unfit();
      case "recalled":
        return worker.recalled(parseCount(body));
      case "opened":
        return heard(null, (run) => dispatcher.streams.opened(run));
      case "items":
        return heard(parseItems(body, maxResultBytes), (run, items) => dispatcher.streams.onItems(run, items));
      case "inputTaken":
        return heard(parseCount(body), (run, count) => dispatcher.streams.onInputTaken(run, count));
      case "pause":
        return heard(parseCount(body), (run, count) => dispatcher.streams.onPause(run, count));
      default: {
        requireBegun(worker);
        const caller = callerThatAsked(worker);
        if (caller === null ? isLatePush(topic, body) : commands.push(topic, body, caller)) return;
        throw new TaskError("UNKNOWN_COMMAND", `A worker cannot push "${topic.slice(0, 100)}"`);
      }
    }
  };
  /** What a task says is checked also where it is late: its outcome was ahead of it, and nobody is to hear it. */
  const heard = <Said>(said: Said, act: (run: TaskRun, said: Said) => void) => {
    requireBegun(worker);
    if (worker.head !== null) act(currentOf(worker), said);
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
  return ["failed", encode(new TaskError("RESULT_TOO_LARGE", message)), false];
}

/** What an item says comes behind the outcomes of those before it: it is known to run. */
function currentOf(worker: Worker): TaskRun {
  requireBegun(worker);
  const run = worker.current;
  if (run === null) throw new TaskError("NOT_ALLOWED", "A task that is over has nothing to ask for");
  run.isKnown = true;
  return run;
}

/**
 * Whose tasks and items a push may be about. A task has called the server before it says anything of these: one that has
 * not is no caller, and what comes is late, of a task before it.
 */
function callerThatAsked({ head }: Worker): Caller | null {
  return head instanceof TaskRun ? head.caller : null;
}

function requireBegun(worker: Worker): void {
  if (!worker.hasBegun) throw new TaskError("NOT_ALLOWED", "A worker without a task has nothing to say");
}
