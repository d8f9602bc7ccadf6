/**
 * Tells a worker's process what to run: what is known when it is started in its greeting, the rest over its connection.
 *
 * @module
 */

import type { Profile } from "../core/profile.ts";
import { encode } from "../wire/codec.ts";
import type { Greeting, WireTask } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";
import type { TaskRun } from "../engine/task_run.ts";
import { hostName } from "./host_name.ts";
import { toWireTarget } from "./wire_target.ts";

/** Arguments of more bytes than this in all wait for the connection: a pipe holds 64 KiB, and must not have to wait. */
const GREETING_BYTES = 16 * 1024;

const NOTHING = new Uint8Array();

/** The runs that one worker was given, on their way to its process. */
export class RunSender {
  #profile: Profile;
  #unsent: TaskRun[] = [];
  /** The target that was sent last: those that follow need not repeat it. */
  #sentTarget: Profile["target"] | null = null;
  #saidShared = false;
  #saidLoad = false;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Runs to be sent. */
  add(runs: readonly TaskRun[]): void {
    for (const run of runs) this.#unsent.push(run);
  }

  /** What the process is started with: its runs, or, when it is started ahead of any, the module to load. */
  greeting(isShared: boolean): Uint8Array {
    const bytes = this.#unsent.reduce((sum, { task }) => sum + task.input.length, 0);
    if (bytes > GREETING_BYTES) return NOTHING;
    const pushes = this.#opening(isShared);
    if (this.#unsent.length > 0) pushes.push(["tasks", this.#take()]);
    return encode(pushes);
  }

  /** Sends what is not sent. Gives the ids of those that no message can carry. */
  send(peer: Peer, isShared: boolean): string[] {
    for (const [topic, body] of this.#opening(isShared)) peer.push(topic, body);
    if (this.#unsent.length === 0) return [];
    return pushList(peer, "tasks", this.#take()).map(([id]) => id);
  }

  /** What comes before the tasks, each once. */
  #opening(isShared: boolean): Greeting {
    const pushes: Greeting = [];
    if (isShared && !this.#saidShared) pushes.push(["share", null]);
    this.#saidShared ||= isShared;
    if (this.#unsent.length === 0 && this.#sentTarget === null && !this.#saidLoad) {
      this.#saidLoad = true;
      pushes.push(["load", toWireTarget(this.#profile.target)]);
    }
    return pushes;
  }

  #take(): WireTask[] {
    const runs = this.#unsent;
    this.#unsent = [];
    return runs.map(({ task }): WireTask => {
      const isSame = task.profile.target === this.#sentTarget;
      this.#sentTarget = task.profile.target;
      const attempt = task.attempt + (task.state === "ready" ? 1 : 0);
      const target = isSame ? null : toWireTarget(task.profile.target);
      const { stream, worker } = task.profile;
      const host: [string?] = worker ? [hostName()] : [];
      return [task.id, task.input, attempt, target, stream, ...host];
    });
  }
}
