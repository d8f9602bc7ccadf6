/**
 * The way by which lines and progress of a task leave: at once, for the code that said them may not yield for long, or
 * ever. This is that of a thread; a process has its standard error (`standard_error.ts`).
 *
 * @module
 */

import type { PushesToServer } from "../wire/message.ts";
import type { LogEntry } from "../wire/log_lines.ts";
import type { Peer } from "../wire/peer.ts";
import { pushList } from "../wire/push_list.ts";

/** Where what is said leaves, in order. */
export interface Outlet {
  /** Lines, and how far the task is; null: of that there is nothing new. */
  say(taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): void;
  /** What was said belongs ahead of what is pushed now. */
  tell(): void;
}

/** By the worker's own connection. */
export class PeerOutlet implements Outlet {
  #peer: Pick<Peer, "push" | "sendNow">;

  constructor(peer: Pick<Peer, "push" | "sendNow">) {
    this.#peer = peer;
  }

  say(_taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): void {
    // A line that is too large for a message is lost.
    if (lines.length > 0) pushList(this.#peer, "log", lines);
    if (progress !== null) this.#peer.push("progress", progress);
    this.#peer.sendNow();
  }

  tell(): void {
    // All goes the same way.
  }
}
