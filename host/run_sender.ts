/**
 * Tells a worker's process what to run: what is known when it is started in its greeting, the rest over its connection.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import { encode } from "../wire/codec.ts";
import type { WireTarget } from "../wire/message.ts";
import type { Greeting, WireItems, WireTask } from "../wire/worker_message.ts";
import { toWirePacked } from "../wire/packed_values.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import type { WorkerRun } from "../engine/items_run.ts";
import type { TaskRecord } from "../engine/task.ts";
import { TaskRun } from "../engine/task_run.ts";
import { hostName } from "./host_name.ts";
import { toWireTarget } from "./wire_target.ts";

/** Arguments of more bytes than this in all wait for the connection: a pipe holds 64 KiB, and must not have to wait. */
const GREETING_BYTES = 16 * 1024;

const NOTHING = new Uint8Array();

/** The runs that one worker was given, on their way to its process. */
export class RunSender {
  #profile: Profile;
  #unsent: WorkerRun[] = [];
  /** The target that was sent last: those that follow need not repeat it. */
  #sentTarget: Profile["target"] | null = null;
  #saidShared = false;
  #saidLoad = false;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Runs to be sent. */
  add(runs: readonly WorkerRun[]): void {
    for (const run of runs) {
      // What is taken out of it later was sent all the same.
      this.#unsent.push(run instanceof TaskRun ? run : run.part(run.from, run.to));
    }
  }

  /** What the process is started with: its runs, or, when it is started ahead of any, the module to load. */
  greeting(isShared: boolean, expectsItems: boolean): Uint8Array {
    const bytes = this.#unsent.reduce((sum, unsent) => sum + bytesOf(unsent), 0);
    // What is to have begun by some time begins when the server says so, which it does once the process is there.
    if (bytes > GREETING_BYTES || this.#unsent.some(hasStartLimit)) return NOTHING;
    return encode([...this.#opening(isShared, expectsItems), ...this.#take()]);
  }

  /** Sends what is not sent. Gives the ids of those that no message can carry. */
  send(peer: Peer, isShared: boolean): string[] {
    for (const [topic, body] of this.#opening(isShared)) peer.push(topic, body);
    const refused: string[] = [];
    for (const [topic, body] of this.#take()) {
      if (topic === "groupItems") peer.push(topic, body);
      else refused.push(...pushList(peer, topic, body as WireTask[]).map(([id]) => id));
    }
    return refused;
  }

  /** What comes before the tasks, each once. */
  #opening(isShared: boolean, expectsItems = false): Greeting {
    const pushes: Greeting = [];
    if (isShared && !this.#saidShared) pushes.push(["share", null]);
    this.#saidShared ||= isShared;
    if (this.#unsent.length === 0 && this.#sentTarget === null && !this.#saidLoad) {
      this.#saidLoad = true;
      pushes.push(["load", [toWireTarget(this.#profile.target), expectsItems]]);
    }
    return pushes;
  }

  /** Tasks that stand together in one push, items of a map in another. */
  #take(): Greeting {
    const pushes: Greeting = [];
    let tasks: WireTask[] | null = null;
    for (const unsent of this.#unsent.splice(0)) {
      if (unsent instanceof TaskRun) {
        if (tasks === null) pushes.push(["tasks", tasks = []]);
        tasks.push(this.#toWire(unsent.task));
        continue;
      }
      tasks = null;
      const { block, attempt, isCareful, from } = unsent;
      const first = block.firstNumber + from;
      const inputs = toWirePacked(block.inputsOf(unsent));
      const items: WireItems = [block.prefix, first, attempt, isCareful, this.#targetOf(block.profile), inputs];
      pushes.push(["groupItems", items]);
    }
    return pushes;
  }

  #toWire(task: TaskRecord): WireTask {
    const target = this.#targetOf(task.profile);
    const attempt = task.attempt + (task.state === "ready" ? 1 : 0);
    const { stream, worker } = task.profile;
    const host: [string?] = worker ? [hostName()] : [];
    return [task.id, task.input, attempt, target, stream, ...host];
  }

  #targetOf({ target }: Profile): WireTarget | null {
    const isSame = target === this.#sentTarget;
    this.#sentTarget = target;
    return isSame ? null : toWireTarget(target);
  }
}

function hasStartLimit(unsent: WorkerRun): boolean {
  return (unsent instanceof TaskRun ? unsent.task : unsent.block).origin.start !== null;
}

function bytesOf(unsent: WorkerRun): number {
  if (unsent instanceof TaskRun) return unsent.task.input.length;
  const { ends, bytes } = unsent.block.inputsOf(unsent);
  return ends.byteLength + bytes.length;
}
