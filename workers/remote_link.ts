/**
 * A worker on a server: a streaming task that whoever opened it can end.
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { LOG_LINES } from "../client/log_lines.ts";
import { PROGRESS_REPORTS } from "../client/progress_reports.ts";
import { insideOf } from "../client/base_caller.ts";
import type { Link } from "../client/link.ts";
import { profileOf, startLimitOf } from "../client/profile.ts";
import { Stream } from "../client/stream.ts";
import { WorkerTerminated } from "../core/errors.ts";
import { roughBytes } from "../core/rough_bytes.ts";
import { uuidv7 } from "../core/uuid.ts";
import { CALLER } from "../procedures/messenger.ts";
import type { TaskOptions } from "../procedures/task.ts";
import type { WireTarget } from "../wire/message.ts";
import type { WireWorkerItem } from "../wire/worker_message.ts";
import type { KillSignal } from "../host/carrier.ts";
import type { WorkerCaller } from "./worker_options.ts";
import type { Ending, LinkEvents, WorkerLink } from "./worker_link.ts";

/** A killed process is gone after this many milliseconds, and the server has said so, however busy both are. */
const KILLED_MS = 5000;
/** Longest wait for what a worker that has ended said last, in milliseconds. */
const WORDS_MS = 1000;

/** What a link is opened with. */
export interface RemoteLinkParams {
  readonly caller: WorkerCaller;
  readonly target: WireTarget;
  /** The encoded order. */
  readonly input: Uint8Array;
  readonly options: Pick<TaskOptions, "permissions" | "memoryMb" | "name">;
  readonly events: LinkEvents;
  /** Whether anybody wants to hear of these. */
  readonly listens: { readonly logs: boolean; readonly progress: boolean };
  /** Gives up the wait for the server, which may be away. */
  readonly signal: AbortSignal;
}

type WorkerStream = Stream<readonly unknown[], WireWorkerItem, unknown>;

/** A link over a stream. */
export class RemoteLink implements WorkerLink {
  readonly ended: Promise<Ending>;
  readonly forceMs = KILLED_MS;
  #stream: WorkerStream;
  #link: Link;
  #relays: readonly Relay[];

  private constructor(stream: WorkerStream, link: Link, events: LinkEvents, relays: readonly Relay[]) {
    this.#stream = stream;
    this.#link = link;
    this.#relays = relays;
    this.ended = this.#run(events);
  }

  /** Submits the task; resolves when the server has accepted it. */
  static async open(params: RemoteLinkParams): Promise<RemoteLink> {
    const { caller, target, input, events, listens, signal } = params;
    const { link, options } = insideOf(CALLER in caller ? await caller[CALLER]() : caller);
    const profile = profileOf(target, { ...options, ...defined(params.options), isolation: "task" }, true, true);
    const terms = { await: true, bound: true, followup: false, waitForRoom: true, group: null };
    const submission = { profile, ...terms, ...startLimitOf(options) };
    const id = uuidv7();
    const opening = Stream.open<readonly unknown[], WireWorkerItem, unknown>(link, {
      id,
      submission,
      input,
      signal,
    });
    // Right behind the submission, so that nothing is missed.
    const relays: Relay[] = [];
    const { subscriptions } = link;
    if (listens.logs) {
      relays.push(
        new Relay(subscriptions.listen("logs", id, LOG_LINES), ({ level, text }) => events.onLog(level, text)),
      );
    }
    if (listens.progress) {
      const reports = subscriptions.listen("progress", id, PROGRESS_REPORTS);
      relays.push(new Relay(reports, ({ done, total }) => events.onProgress(done, total)));
    }
    try {
      return new RemoteLink(await opening, link, events, relays);
    } catch (error) {
      // No server tells of the end of a task that it was not given.
      for (const relay of relays) relay.leave();
      throw error;
    }
  }

  get hasRoom(): boolean {
    return this.#stream.hasRoom;
  }

  send(args: readonly unknown[]): void {
    this.#stream.offer(args);
  }

  changed(): Promise<void> {
    return this.#stream.changed();
  }

  end(): void {
    void this.#stream.end();
  }

  abort(): void {
    this.#terminate("abort");
  }

  kill(signal: KillSignal): void {
    this.#terminate(signal);
  }

  abandon(): void {
    for (const relay of this.#relays) relay.leave();
    void this.#stream.return();
  }

  #terminate(how: "abort" | KillSignal): void {
    // Without a server there is nothing to end, and the stream says so.
    this.#link.call("terminate", { taskId: this.#stream.id, how }).then(
      (isFound) => isFound || this.#stream.withdraw(new WorkerTerminated()),
      () => {},
    );
  }

  async #run(events: LinkEvents): Promise<Ending> {
    const ending = await this.#through(events);
    // Its last words are there already, ahead of its end: unless the connection was lost with them.
    await isDoneWithin(Promise.all(this.#relays.map(({ over }) => over)), WORDS_MS);
    return ending;
  }

  async #through(events: LinkEvents): Promise<Ending> {
    try {
      for await (const item of this.#stream) events.onItem(item, roughBytes(item));
      return { succeeded: true, value: await this.#stream.result() };
    } catch (error) {
      return { succeeded: false, error };
    }
  }
}

/** Passes on what is said of the task. */
class Relay<Item = unknown> {
  /** Resolves when all was passed on, and nothing more will come. */
  readonly over: Promise<void>;
  #items: AsyncGenerator<Item>;

  constructor(items: AsyncGenerator<Item>, tell: (item: Item) => void) {
    this.#items = items;
    this.over = this.#pass(tell);
  }

  leave(): void {
    void this.#items.return(undefined);
  }

  async #pass(tell: (item: Item) => void): Promise<void> {
    try {
      for await (const item of this.#items) tell(item);
    } catch {
      // The connection is gone for good: the stream tells.
    }
  }
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
