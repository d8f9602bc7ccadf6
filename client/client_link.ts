/**
 * A client's link: one connection at a time, found again when it is lost.
 *
 *     connecting ──► connected ──► connecting (lost) ──► … ──► offline ──► connecting (on the next call)
 *                                                               └──────────► closed (for good)
 *
 * @module
 */

import { untilAborted } from "../core/abort.ts";
import { systemClock } from "../core/clock.ts";
import { TaskError } from "../core/errors.ts";
import { ownErrors, ownFailure } from "../core/own_errors.ts";
import { type DecodeBudget, resultBudget } from "../wire/decode_budget.ts";
import type { Calls, PushesFromServer, PushesToServer, SubmitBody, WireResult } from "../wire/message.ts";
import { DEFAULT_HEARTBEAT_MS, Heartbeat } from "../wire/heartbeat.ts";
import { Peer, type PeerHandler } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import { Acknowledgements, mostIds } from "./acknowledgements.ts";
import { cancelTasks } from "./abandon_tasks.ts";
import { AwaitedGroups } from "./awaited_groups.ts";
import { AwaitedResults, type Submission } from "./awaited_results.ts";
import { hasTakenLeave, type Leaving, takesLeave } from "./farewell.ts";
import { LimitWatch } from "./limit_watch.ts";
import type { Link } from "./link.ts";
import { closedError, isUnrepeatable, offlineAfter, soon } from "./lost_connection.ts";
import { QuickRuns } from "./quick_runs.ts";
import { Resubmission } from "./resubmission.ts";
import { ServerLife, whyUnknown } from "./server_life.ts";
import { type Dial, ServerSearch } from "./server_search.ts";
import { SignalledTasks } from "./signalled_tasks.ts";
import { isStopping, killedByStop, StoppingServers } from "./stopping_servers.ts";
import { askedAt, asOfNow } from "./start_limit.ts";
import { type Source, type Submitted, SubmittedTasks } from "./submitted_tasks.ts";
import { Streams } from "./streams.ts";
import { Subscriptions } from "./subscriptions.ts";

/** See `ClientOptions`. */
export interface ClientLinkOptions {
  reconnectMs?: number;
  heartbeatMs?: number;
  waitMs?: number;
  maxResultItems?: number;
}

/** The link of a client. */
export class ClientLink implements Link, PeerHandler, Leaving {
  readonly awaited: AwaitedResults;
  readonly groups: AwaitedGroups;
  readonly subscriptions: Subscriptions;
  readonly streams: Streams = new Streams();
  readonly signalled: SignalledTasks = new SignalledTasks((ids) => cancelTasks(this, ids));
  life: ServerLife | null = null;
  readonly waitsForRoom = true;
  readonly resultBudget: DecodeBudget;
  /** Largest message, in bytes: that of the last connection. */
  maxFrameBytes = Infinity;
  #search: ServerSearch;
  readonly heartbeatMs: number;
  #limits: LimitWatch;
  #stopping: StoppingServers;
  #submitted = new SubmittedTasks();
  #peer: Peer | null = null;
  /** Under way while there is no connection and one is looked for. */
  #connecting: Promise<Peer> | null = null;
  #closing = new AbortController();
  #again = new Resubmission(this, () => this.#peer);
  #runs = new QuickRuns({
    maxFrameBytes: () => this.maxFrameBytes,
    push: (topic, body) => {
      this.#acknowledgements.send();
      this.#peer?.push(topic, body);
    },
    submitAlone: (submission, runs) => this.#again.submitEach(submission, runs),
  });
  #acknowledgements = new Acknowledgements(
    (topic, body) => this.#peer?.push(topic, body),
    () => mostIds(this.maxFrameBytes),
  );

  /**
   * A link that looks for a lost server for `reconnectMs` milliseconds, and takes one for lost that it waits for and
   * does not hear of for twice `heartbeatMs`: see {@linkcode ServerSearch}. It takes results of `maxResultItems`.
   */
  constructor(dial: Dial, { heartbeatMs = DEFAULT_HEARTBEAT_MS, maxResultItems, ...times }: ClientLinkOptions = {}) {
    this.#search = new ServerSearch({ ...times, dial, heartbeatMs });
    this.heartbeatMs = heartbeatMs;
    this.#limits = new LimitWatch(this, heartbeatMs);
    this.#stopping = new StoppingServers(this.#search.brokenMs);
    this.resultBudget = resultBudget(maxResultItems);
    this.awaited = new AwaitedResults(
      (ids) => this.acknowledge(ids),
      this.resultBudget,
      (dueAt) => this.#limits.add(dueAt),
    );
    this.groups = new AwaitedGroups(
      (groupId, firstNumber) => this.#closed || this.#acknowledgements.addItems(groupId, firstNumber),
      (dueAt) => this.#limits.add(dueAt),
    );
    this.subscriptions = new Subscriptions(this as ConstructorParameters<typeof Subscriptions>[0]);
  }

  get ended(): AbortSignal {
    return this.#closing.signal;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Connects for the first time: a server that is not there is waited for as long as `waitMs`. */
  async open(): Promise<void> {
    await this.#connect();
  }

  /** Over a new connection where the present one is lost before the answer. */
  async call<Command extends keyof Calls>(
    command: Command,
    body: Calls[Command]["body"],
    unsent?: AbortSignal,
  ): Promise<Calls[Command]["reply"]> {
    const asked = command === "submit" ? askedAt(body as SubmitBody) : 0;
    for (let isNew = this.#peer === null;; isNew = true) {
      const peer = this.#peer ?? await untilAborted(ownFailure(this.#connect()), unsent);
      // Nor when it aborted while the last connection was given up.
      unsent?.throwIfAborted();
      if (isNew && this.#again.covers(command, body)) {
        return (body as SubmitBody).tasks.length as Calls[Command]["reply"];
      }
      this.#runs.flush();
      this.#acknowledgements.send();
      try {
        const reply = await peer.call(
          command,
          asked === 0 ? body : asOfNow(body as SubmitBody, asked),
        ) as Calls[Command]["reply"];
        if (command === "quit") this.#stopping.asked(peer);
        return reply;
      } catch (error) {
        // A refusal. What it refuses is for the next server, which comes when this one has gone.
        if (isStopping(error) && peer.closeReason === null && command !== "quit") {
          await untilAborted(this.#whenGone(peer, error), unsent);
        }
        // Every call but quit can be made twice: tasks have ids, and results leave only when acknowledged.
        const reason = peer.closeReason;
        if (reason === null || this.#closed || command === "quit") throw error;
        if (!peer.wasLostBy(error) && !isStopping(error)) throw error;
        if (isUnrepeatable(reason) || this.#stopping.wasAsked(peer)) throw error;
        this.#onLost(peer, reason);
      }
    }
  }

  sendRun(submission: Submission, id: string, input: Uint8Array): boolean {
    return this.#peer !== null && !this.handsBack && this.#runs.send(submission, id, input);
  }

  /** Tells the server that results arrived. When the connection is lost, they expire there in time. */
  acknowledge(ids: string[]): void {
    this.#acknowledgements.add(ids);
    this.signalled.forget(ids);
  }

  passed(id: string): void {
    if (!this.#closed) this.#acknowledgements.addPassed(id);
  }

  /** Sends what wants no answer, if there is a connection. */
  push<Topic extends keyof PushesToServer>(topic: Topic, body: PushesToServer[Topic]): void {
    this.#runs.flush();
    this.#peer?.push(topic, body);
  }

  /** Resolves when little enough is buffered to send more. */
  async drained(): Promise<void> {
    await this.#peer?.drained();
  }

  /** What was submitted goes first. */
  sayByeNow(): void {
    this.#runs.flush();
    this.#peer?.sayByeNow(new TaskError("CONNECTION_CLOSED", "The program of the client has ended"));
  }

  /** Closes for good; what is pending fails. Closing twice is fine. */
  async close(): Promise<void> {
    if (!this.#closed) this.#closing.abort(closedError());
    this.#limits.close();
    this.signalled.clear();
    this.#search.close();
    this.#acknowledgements.close();
    const reason = closedError();
    this.#failAll(reason);
    // First, as it may still bring a connection.
    if (this.#connecting !== null) await soon(this.#connecting.catch(() => {}));
    await this.#peer?.close(reason);
  }

  accepted(handles: readonly Submitted[]): void {
    this.#submitted.add(handles, this.#stopping.count, this.life);
    void this.life?.ask();
  }

  missing(ids: readonly string[]): void {
    this.#again.missing(ids, this.#stopping.count);
  }

  async whyUnknown(source: Source | null): Promise<string | undefined> {
    const { life } = this;
    await life?.ask();
    return whyUnknown(source, life);
  }

  withdraw(id: string, error: TaskError, source: Source | null = null): boolean {
    const isHandedBack = this.handsBack || (source !== null && source.stops !== this.#stopping.count);
    if (isHandedBack) this.awaited.fail(id, error);
    return isHandedBack;
  }

  get handsBack(): boolean {
    return this.#peer !== null && this.#stopping.has(this.#peer);
  }

  /** Answered when the server knows what of this client it is to send before it goes. */
  onCall(command: string): Promise<null> {
    if (command === "stopping") {
      this.#onStopping(this.#peer!);
      return this.#collect();
    }
    throw new TaskError("UNKNOWN_COMMAND", `A client has no command "${command}"`);
  }

  onPush(topic: string, body: unknown): void {
    if (topic === "results") this.#onResults(body as WireResult[]);
    else if (topic === "refused") this.#onRefused(body as PushesFromServer["refused"]);
    else if (topic === "itemResults") this.groups.onItems(body as PushesFromServer["itemResults"]);
    else if (!this.streams.onPush(topic, body)) this.subscriptions.onPush(topic, body);
  }

  /** Asked by a call, the server says why, or takes them. */
  #onRefused(ids: readonly string[]): void {
    for (const [submission, tasks] of this.awaited.submissionsOf(ids)) this.#again.submitEach(submission, tasks);
  }

  #onResults(results: readonly WireResult[]): void {
    const ofItems = results.filter((wire) => this.groups.onResult(wire));
    if (ofItems.length > 0) this.acknowledge(ofItems.map(([id]) => id));
    this.awaited.onResults(results);
  }

  /** One search for the server at a time, whoever asks. */
  #connect(): Promise<Peer> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#connecting ??= this.#dial().finally(() => this.#connecting = null);
  }

  async #dial(): Promise<Peer> {
    try {
      return this.#adopt(await this.#search.find());
    } catch (error) {
      throw this.#closed ? closedError() : error;
    }
  }

  #adopt(transport: Transport): Peer {
    const peer = new Peer(transport, this);
    new Heartbeat(peer, {
      heartbeatMs: this.heartbeatMs,
      clock: systemClock,
      isExpecting: () => this.#isExpecting,
    });
    this.#peer = peer;
    this.life = new ServerLife(() => peer.call("life", null));
    takesLeave(this);
    this.#runs.forget();
    this.maxFrameBytes = peer.maxFrameBytes;
    if (this.#closed) void peer.close();
    peer.closed.then((reason) => this.#onLost(peer, reason));
    this.#again.resume(peer);
    return peer;
  }

  /** An idle client waits with the search until it is needed. */
  #onLost(peer: Peer, reason: TaskError): void {
    if (this.#peer !== peer) return;
    this.#peer = null;
    this.life = null;
    hasTakenLeave(this);
    if (isUnrepeatable(reason)) this.#failAll(reason);
    if (isStopping(reason)) this.#onStopping(peer);
    if (this.#stopping.wasAsked(peer)) this.#failAll(killedByStop());
    if (peer.silentMs > 0) this.#search.fellSilent();
    if (this.#closed || !this.#isExpecting) return;
    this.#connect().catch((error) => {
      const offline = offlineAfter(reason, error);
      this.#failAll(this.#stopping.has(peer) ? killedByStop(offline) : offline);
    });
  }

  #onStopping(peer: Peer): void {
    if (this.#stopping.add(peer)) this.streams.serverStops();
  }

  /** Has what a server that stops has for this client pushed. What is in its store need not be fetched from it. */
  async #collect(): Promise<null> {
    await this.life?.ask();
    this.#again.askFor(this.#submitted.collect());
    return null;
  }

  async #whenGone(peer: Peer, refusal: unknown): Promise<void> {
    this.#onStopping(peer);
    await this.#stopping.whenGone(peer, refusal);
  }

  get #isExpecting(): boolean {
    return this.awaited.size + this.groups.size + this.subscriptions.size + this.streams.size > 0;
  }

  #failAll(reason: unknown): void {
    const own = ownErrors(reason);
    this.awaited.failAll(own);
    this.groups.failAll(own);
    this.streams.failAll(own);
    this.subscriptions.endAll();
  }
}
