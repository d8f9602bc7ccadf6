/**
 * A worker process's connection: the task that it runs speaks here, and can act only within what it submitted.
 *
 * @module
 */

import { TaskError } from "../core/errors.ts";
import type { LogLevel } from "../wire/message.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import type { Commands } from "./commands.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { EventHub } from "./event_hub.ts";
import { parseLines, parseOutcome, parseProgress } from "./requests.ts";
import { ResultOutbox } from "./result_outbox.ts";
import type { Caller, TaskRun } from "./task_run.ts";

/** What a session is built from. */
export interface WorkerSessionParams {
  transport: Transport;
  run: TaskRun;
  commands: Commands;
  dispatcher: Dispatcher;
  hub: EventHub;
  onLines(run: TaskRun, lines: [LogLevel, string][]): void;
}

/** Connects a run with its process. */
export function openWorkerSession({ transport, run, commands, dispatcher, hub, onLines }: WorkerSessionParams): Peer {
  const onPush = (topic: string, body: unknown) => {
    switch (topic) {
      case "ack":
        return commands.acknowledge(body, caller);
      case "outcome":
        return run.returned(...parseOutcome(body));
      case "log":
        return onLines(run, parseLines(body));
      case "progress":
        return hub.progress(run.task.id, ...parseProgress(body));
      default:
        throw new TaskError("UNKNOWN_COMMAND", `A worker cannot push "${topic.slice(0, 100)}"`);
    }
  };
  const peer: Peer = new Peer(transport, {
    onCall: (command, body) => commands.execute(command, body, caller, peer),
    onPush,
  }, { readsOnlyWhenRead: true });
  const caller: Caller = { run, outbox: new ResultOutbox(peer, (id) => dispatcher.result(id)) };
  peer.closed.then(() => {
    hub.leave(peer);
    dispatcher.leave(caller);
  });
  run.connected(peer, caller);
  return peer;
}
