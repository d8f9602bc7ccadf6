/**
 * Standard error of a task's process as the way of its lines and progress: a connection would take them only once the
 * task's code yields. They overtake what is on the connection, so that the server is told how many records belong ahead
 * of an outcome.
 *
 * @module
 */

import type { PushesToServer } from "../wire/message.ts";
import type { LogEntry } from "../wire/log_lines.ts";
import type { Peer } from "../wire/peer.ts";
import { WHOLE_BYTES, writeSaid } from "../wire/said.ts";
import { type Outlet, PeerOutlet } from "./outlet.ts";

/** The part of `Deno.stderr` that is needed. */
interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

/** The outlet of a process. */
export class StandardError implements Outlet {
  #peer: Pick<Peer, "push" | "sendNow">;
  #write: SyncWriter["writeSync"];
  #encoder = new TextEncoder();
  /** Records so far, and how many of them the server was told of. */
  #count = 0;
  #told = 0;
  /** The last one was so large that it may have been torn. */
  #isDoubtful = false;
  /** When the task has closed standard error. */
  #other: Outlet | null = null;

  constructor(peer: Pick<Peer, "push" | "sendNow">, writer: SyncWriter = Deno.stderr) {
    this.#peer = peer;
    // A task may replace it, to see what it writes itself.
    this.#write = writer.writeSync.bind(writer);
  }

  say(taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): void {
    if (this.#other === null && this.#record(taskId, lines, progress)) return;
    this.#other!.say(taskId, lines, progress);
  }

  tell(): void {
    if (this.#told === this.#count) return;
    // The server waits for the last record, which it is to find.
    if (this.#isDoubtful && this.#other === null) this.#record("", [], null);
    this.#told = this.#count;
    this.#peer.push("said", this.#count);
  }

  /** False when standard error is closed, from now on. */
  #record(taskId: string, lines: readonly LogEntry[], progress: PushesToServer["progress"] | null): boolean {
    const bytes = this.#encoder.encode(writeSaid([this.#count + 1, taskId, lines, progress]));
    try {
      for (let sent = 0; sent < bytes.length;) sent += this.#write(bytes.subarray(sent));
    } catch {
      this.tell();
      this.#other = new PeerOutlet(this.#peer);
      return false;
    }
    this.#count++;
    this.#isDoubtful = bytes.length > WHOLE_BYTES;
    return true;
  }
}
