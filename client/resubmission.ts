/**
 * What a client still wants, asked for again: over a new connection, of the next server, or one by one where a server has
 * not taken all of it.
 *
 * @module
 */

import type { Calls, SubmitBody } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";
import { mostIds } from "./acknowledgements.ts";
import type { AwaitedGroups } from "./awaited_groups.ts";
import { type AwaitedResults, type Submission, unknownTask } from "./awaited_results.ts";
import type { Link } from "./link.ts";
import { sendItems } from "./send_items.ts";
import { sendTasks } from "./send_tasks.ts";
import { type ServerLife, whyUnknown } from "./server_life.ts";
import type { Source } from "./submitted_tasks.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Streams } from "./streams.ts";

/** Whose wants they are. */
export interface Wanting extends Link {
  readonly awaited: AwaitedResults;
  readonly groups: AwaitedGroups;
  readonly streams: Streams;
  readonly subscriptions: Subscriptions;
  /** That of the server that there is a connection to. */
  readonly life: ServerLife | null;
}

/** Submits again. */
export class Resubmission {
  #link: Wanting;
  #peer: () => Peer | null;

  /** `peer` gives the connection that there is. */
  constructor(link: Wanting, peer: () => Peer | null) {
    this.#link = link;
    this.#peer = peer;
  }

  /** There is a new connection: asks for subscriptions, submissions without an answer, results. */
  resume(peer: Peer): void {
    const { awaited, groups, streams, subscriptions } = this.#link;
    const { submissions, ids } = awaited.unsettled();
    // A stream whose submission has no answer yet is being submitted again: the server need not know it.
    const known = ids.filter((id) => !streams.isBeingSubmitted(id));
    subscriptions.renew().catch(() => {});
    streams.renew();
    for (const [submission, tasks] of submissions) this.#submit(submission, tasks, peer);
    for (const group of groups.all) {
      sendItems(this.#link, group).catch((error) => !peer.wasLostBy(error) && groups.fail(group.id, error));
    }
    this.askFor(known);
  }

  /**
   * True for a call that need not be made over a new connection: what is awaited was submitted then with all that is still
   * wanted, and a stream may have been left meanwhile.
   */
  covers(command: keyof Calls, body: unknown): boolean {
    if (command !== "submit") return false;
    const { profile, tasks, await: isAwaited } = body as SubmitBody;
    return profile.stream ? !this.#link.streams.isBeingSubmitted(tasks[0][0]) : isAwaited;
  }

  /** What is wrong with one of them is no other's matter. */
  submitEach(submission: Submission, tasks: readonly (readonly [string, Uint8Array])[]): void {
    for (const [id, input] of tasks) this.#submit(submission, [[id, input]]);
  }

  /** The server does not know these; so many others have stopped before it. */
  missing(ids: readonly string[], stops: number): void {
    const { awaited, signalled, streams, life, handsBack } = this.#link;
    // A server that stops knows nothing of what it has handed back: once it has gone the next one is asked.
    const others = handsBack ? ids : ids.filter((id) => !streams.beginAgain(id));
    const lost = awaited.lost(others, stops);
    signalled.forget([...lost.keys()]);
    if (lost.size > 0) void this.#fail(lost);
    if (handsBack) return;
    const left = others.filter((id) => !lost.has(id));
    for (const [submission, tasks] of awaited.submitAgain(left, stops, life)) this.#submit(submission, tasks);
  }

  /** Who waits for these is told why they are unknown. */
  async #fail(lost: ReadonlyMap<string, Source | null>): Promise<void> {
    const { awaited, life } = this.#link;
    await life?.ask();
    for (const [id, source] of lost) awaited.fail(id, unknownTask(id, whyUnknown(source, life)));
  }

  /** Has the results of tasks pushed that the server may know, in as many calls as that takes. */
  askFor(ids: readonly string[]): void {
    const most = mostIds(this.#link.maxFrameBytes);
    for (let from = 0; from < ids.length; from += most) {
      const some = ids.slice(from, from + most);
      this.#link.call("await", { ids: some }).then((unknown) => this.#link.missing?.(unknown), () => {});
    }
  }

  #submit(submission: Submission, tasks: [string, Uint8Array][], peer = this.#peer()): void {
    sendTasks(this.#link, submission, tasks).catch((error) => {
      if (!peer?.wasLostBy(error)) this.#link.awaited.failEach(tasks.map(([id]) => id), error);
    });
  }
}
