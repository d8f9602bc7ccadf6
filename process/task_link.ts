/**
 * A task's link to its server: the connection that its process was born with.
 *
 * @module
 */

import { cancelTasks } from "../client/abandon_tasks.ts";
import { AwaitedGroups } from "../client/awaited_groups.ts";
import { AwaitedResults } from "../client/awaited_results.ts";
import type { Link } from "../client/link.ts";
import { SignalledTasks } from "../client/signalled_tasks.ts";
import { Streams } from "../client/streams.ts";
import { Subscriptions } from "../client/subscriptions.ts";
import { ownErrors } from "../core/own_errors.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { Calls, PushesFromServer, PushesToServer, WireResult } from "../wire/message.ts";
import type { Peer } from "../wire/peer.ts";

/** Calls, results and subscriptions over one peer. */
export class TaskLink implements Link {
  readonly awaited: AwaitedResults;
  readonly groups: AwaitedGroups = new AwaitedGroups((...items) => this.push("ackItems", [items]));
  readonly subscriptions: Subscriptions;
  readonly streams: Streams = new Streams();
  readonly signalled: SignalledTasks = new SignalledTasks((ids) => cancelTasks(this, ids));
  readonly waitsForRoom = false;
  readonly resultBudget: DecodeBudget;
  readonly heartbeatMs = null;
  readonly #peer: Peer;

  /** Takes results of so many items. */
  constructor(peer: Peer, maxResultItems?: number) {
    this.#peer = peer;
    this.resultBudget = resultBudget(maxResultItems);
    this.awaited = new AwaitedResults((ids) => this.acknowledge(ids), this.resultBudget);
    this.subscriptions = new Subscriptions(this as ConstructorParameters<typeof Subscriptions>[0]);
  }

  call<Command extends keyof Calls>(
    command: Command,
    body: Calls[Command]["body"],
    unsent?: AbortSignal,
  ): Promise<Calls[Command]["reply"]> {
    if (unsent?.aborted) return Promise.reject(unsent.reason);
    return this.#peer.call(command, body) as Promise<Calls[Command]["reply"]>;
  }

  /** The task is to end. Whoever cancels it gives up its maps with it, at once. */
  abort(error: unknown): void {
    // By its name: the class is another where both were bundled.
    if ((error as Error).name === "TaskCancelled") this.groups.failAll(ownErrors(error));
  }

  /** The task is over: the server says no more of what it has left open, and what it says yet nobody hears. */
  clear(): void {
    this.#peer.forgetCalls();
    this.streams.clear();
    this.groups.clear();
  }

  get maxFrameBytes(): number {
    return this.#peer.maxFrameBytes;
  }

  acknowledge(ids: string[]): void {
    this.signalled.forget(ids);
    this.push("ack", ids);
  }

  push<Topic extends keyof PushesToServer>(topic: Topic, body: PushesToServer[Topic]): void {
    this.#peer.push(topic, body);
  }

  drained(): Promise<void> {
    return this.#peer.drained();
  }

  onPush(topic: string, body: unknown): void {
    if (topic === "results") this.#onResults(body as WireResult[]);
    else if (topic === "itemResults") this.groups.onItems(body as PushesFromServer["itemResults"]);
    else if (!this.streams.onPush(topic, body)) this.subscriptions.onPush(topic, body);
  }

  #onResults(results: readonly WireResult[]): void {
    const ofItems = results.filter((wire) => this.groups.onResult(wire));
    if (ofItems.length > 0) this.acknowledge(ofItems.map(([id]) => id));
    this.awaited.onResults(results);
  }
}
