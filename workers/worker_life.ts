/**
 * One life of a worker, from its order to its verified end. A restart makes another.
 *
 *     opening ──► loading ──► running ──► over
 *
 * @module
 */

import { isDoneWithin } from "../core/done_within.ts";
import { WorkerTerminated } from "../core/errors.ts";
import { notify } from "../core/notify.ts";
import type { KillSignal } from "../host/carrier.ts";
import type { WorkerIdentity } from "../procedures/messenger.ts";
import { encode } from "../wire/codec.ts";
import { type WireWorkerItem, WorkerItem } from "../wire/worker_message.ts";
import { openLink } from "./open_link.ts";
import type { Ending, WorkerLink } from "./worker_link.ts";
import type { ResolvedWorkerOptions } from "./worker_options.ts";
import { identityOf, orderFor } from "./worker_order.ts";

/** How a life is ended. */
export interface EndOptions {
  /** How long the target has to clean up, and each signal to take effect, in milliseconds. */
  readonly timeoutMs: number;
  /** After that time, end it by signals. */
  readonly force: boolean;
}

/** Begins at once. */
export class WorkerLife {
  /** Resolves when nothing of it runs any more, or it was abandoned. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Resolves when its target is loaded and about to run. @throws what ended it before. */
  readonly begun: Promise<void>;
  /** Who it is, once it has begun. */
  identity: WorkerIdentity | null = null;
  /** The state that it began with; once it is over, the one that its target left. */
  state: unknown;
  /** What is spoken with it over; null until it is open. */
  link: WorkerLink | null = null;
  #options: ResolvedWorkerOptions;
  #onItem: (item: WireWorkerItem, bytes: number) => void;
  #opening = new AbortController();
  #opened: Promise<void>;
  #begun = Promise.withResolvers<void>();
  #ended = Promise.withResolvers<Ending>();
  #killedBy: KillSignal | null = null;
  #isMute = false;

  /** `onItem` is told what its target yields. */
  constructor(
    options: ResolvedWorkerOptions,
    state: unknown,
    onItem: (item: WireWorkerItem, bytes: number) => void,
  ) {
    this.#options = options;
    this.#onItem = onItem;
    this.state = state;
    this.begun = this.#begun.promise;
    this.begun.catch(() => {});
    this.ended = this.#ended.promise;
    this.#opened = this.#open();
  }

  /** Softly, and with `force` by signals. True when it is over. */
  async end({ timeoutMs, force }: EndOptions): Promise<boolean> {
    if (this.link === null) {
      this.#opening.abort(new WorkerTerminated());
      await this.#opened;
    }
    const { link } = this;
    if (link === null) return true;
    // Where nothing is loaded yet there is nothing to clean up.
    const softMs = this.identity === null ? 0 : timeoutMs;
    link.abort();
    if (await isDoneWithin(this.ended, softMs)) return true;
    if (!force || link.forceMs === 0) return false;
    this.#kill(link, "SIGTERM");
    if (await isDoneWithin(this.ended, softMs)) return true;
    this.#kill(link, "SIGKILL");
    return await isDoneWithin(this.ended, Math.max(timeoutMs, link.forceMs));
  }

  /** Ends it for certain: what no force ends goes on, and nobody hears of it any more. */
  async endForCertain(options: EndOptions): Promise<void> {
    if (!await this.end(options)) this.link!.abandon();
    await this.ended;
  }

  /** Nobody is told any more what it yields. */
  mute(): void {
    this.#isMute = true;
  }

  async #open(): Promise<void> {
    try {
      const order = orderFor(this.#options, this.state);
      let left = this.state;
      this.link = await openLink(this.#options, encode(order), {
        onItem: (item, bytes) => {
          if (item[0] === WorkerItem.started) {
            this.identity = identityOf(item, order);
            this.#begun.resolve();
          } else if (item[0] === WorkerItem.state) left = item[1];
          else if (!this.#isMute) this.#onItem(item, bytes);
        },
        onLog: (level, text) => notify(this.#options, "onLog", { level, text }),
        onProgress: (done, total) => notify(this.#options, "onProgress", done, total),
      }, this.#opening.signal);
      this.link.ended.then((ending) => {
        this.state = left;
        this.#end(ending);
      });
    } catch (error) {
      this.#end({ succeeded: false, error });
    }
  }

  #end(ending: Ending): void {
    const known = this.#asTold(ending);
    this.#ended.resolve(known);
    // One that ends before it has begun could not begin, and this is why.
    this.#begun.reject(known.succeeded ? new WorkerTerminated("The worker ended before it began") : known.error);
  }

  #kill(link: WorkerLink, signal: KillSignal): void {
    this.#killedBy = signal;
    link.kill(signal);
  }

  #asTold(ending: Ending): Ending {
    if (ending.succeeded || this.#killedBy === null || ending.error instanceof WorkerTerminated) return ending;
    const signal = this.#options.kind === "thread" ? null : this.#killedBy;
    const message = `The worker was ended by ${signal ?? "force"}: its target did not end when it was told to`;
    return { succeeded: false, error: new WorkerTerminated(message, signal, { cause: ending.error }) };
  }
}
