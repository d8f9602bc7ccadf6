/**
 * A worker on this machine: its handle speaks with its runner, with nobody in between.
 *
 * @module
 */

import { TaskError, WorkerTerminated } from "../core/errors.ts";
import { markRaised } from "../client/result.ts";
import { uuidv7 } from "../core/uuid.ts";
import { unrecordedStep } from "../core/step.ts";
import { StreamSender } from "../client/stream_sender.ts";
import { decode, decodeItems, encode } from "../wire/codec.ts";
import type { DecodeBudget } from "../wire/decode_budget.ts";
import type { PushesToServer, WireTarget } from "../wire/message.ts";
import type { WireTask, WireWorkerItem } from "../wire/worker_message.ts";
import { DEFAULT_FRAME_BYTES } from "../wire/frame.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../wire/item_batch.ts";
import { Peer } from "../wire/peer.ts";
import type { Transport } from "../wire/transport.ts";
import { hostName } from "../host/host_name.ts";
import type { Carrier, CarrierOptions, StartCarrier } from "../host/carrier.ts";
import type { KillSignal } from "../host/carrier.ts";
import type { SaidByTask } from "../host/said_records.ts";
import type { Ending, LinkEvents, WorkerLink } from "./worker_link.ts";

/** What a link is opened with. */
export interface PeerLinkParams {
  readonly start: StartCarrier;
  readonly target: WireTarget;
  /** The encoded order. */
  readonly input: Uint8Array;
  readonly options: CarrierOptions;
  readonly events: LinkEvents;
  /** What is made of a result, or of an item. */
  readonly budget: DecodeBudget;
}

/** A link over a peer. */
export class PeerLink implements WorkerLink {
  readonly ended: Promise<Ending>;
  #ended = Promise.withResolvers<Ending>();
  #events: LinkEvents;
  #budget: DecodeBudget;
  #task: WireTask;
  #carrier: Carrier | null = null;
  #peer: Peer | null = null;
  #sent = new StreamSender(({ from, items }) => this.#peer?.push("input", [from, items]), DEFAULT_FRAME_BYTES);
  #isInputOver = false;
  /** Items that the worker knows to be taken, and how many bytes it does not. */
  #told = 0;
  #untold = 0;
  #outcome: Ending | null = null;
  #failure: unknown = null;

  private constructor({ target, input, events, budget }: PeerLinkParams) {
    this.#events = events;
    this.#budget = budget;
    this.#task = [uuidv7(), input, 1, target, true, hostName()];
    this.ended = this.#ended.promise;
  }

  /** Starts the carrier and tells it the task. */
  static async open(params: PeerLinkParams): Promise<PeerLink> {
    const link = new PeerLink(params);
    const { start, target, options } = params;
    const carrier = link.#carrier = await start({
      target,
      task: link.#task,
      options,
      onConnected: (transport, isTold) => link.#onConnected(transport, isTold),
      onLine: params.events.onLog,
      onSaid: (said) => link.#onSaid(said),
    });
    if (link.#failure !== null) carrier.kill("SIGKILL");
    void carrier.gone.then((cause) => link.#onGone(cause));
    return link;
  }

  get hasRoom(): boolean {
    return this.#sent.hasRoom;
  }

  send(args: readonly unknown[]): void {
    this.#sent.write(args);
  }

  changed(): Promise<void> {
    return this.#sent.changed();
  }

  end(): void {
    if (this.#isInputOver) return;
    this.#isInputOver = true;
    this.#sent.flush();
    this.#peer?.push("inputEnd", this.#sent.written);
  }

  abort(): void {
    this.#peer?.push("abort", [this.#task[0], encode(new WorkerTerminated())]);
  }

  get forceMs(): number {
    return this.#carrier!.forceMs;
  }

  kill(signal: KillSignal): void {
    this.#carrier!.kill(signal);
  }

  abandon(): void {
    this.#carrier!.abandon();
  }

  #onConnected(transport: Transport, isTold: boolean): void {
    const peer = this.#peer = new Peer(transport, {
      onCall: (command) => {
        const step = unrecordedStep(command);
        if (step !== undefined) return step;
        throw new TaskError("NOT_ALLOWED", `Cannot ${command}: only a remote worker has a server to run other tasks`);
      },
      onPush: (topic, body) => {
        try {
          return this.#onPush(topic, body);
        } catch (error) {
          // It ends for this, and so its maker is told this.
          this.#failure ??= error;
          throw error;
        }
      },
    });
    void peer.closed.then(() => {
      if (this.#outcome === null) this.#carrier?.onDisconnected();
    });
    if (isTold) return;
    try {
      peer.push("tasks", [this.#task]);
    } catch (error) {
      // More than a message may hold.
      this.#failure = error;
      this.#carrier?.kill("SIGKILL");
    }
  }

  #onPush(topic: string, body: unknown): void | Promise<void> {
    switch (topic) {
      case "items":
        return this.#onItems(body as PushesToServer["items"]);
      case "inputTaken":
        return this.#sent.taken(body as PushesToServer["inputTaken"]);
      case "log":
        return this.#onSaid({ lines: body as PushesToServer["log"], progress: null });
      case "progress":
        return this.#onSaid({ lines: [], progress: body as PushesToServer["progress"] });
      case "said":
        return this.#carrier?.heard?.(body as PushesToServer["said"]);
      case "outcome": {
        const [status, payload] = body as PushesToServer["outcome"];
        const value = decode(payload, { budget: this.#budget });
        this.#outcome = status === "succeeded"
          ? { succeeded: true, value }
          : { succeeded: false, error: raised(value) };
        this.#carrier?.release();
        return;
      }
    }
  }

  #onSaid({ lines, progress }: Omit<SaidByTask, "taskId">): void {
    for (const [level, text] of lines) this.#events.onLog(level, text);
    if (progress !== null) this.#events.onProgress(...progress);
  }

  #onItems([from, count, items]: PushesToServer["items"]): void {
    // Kept here until somebody wants them: the worker need not wait for that. Nor must a call wait for the word of it to
    // be written, so it is said now and then.
    this.#untold += items.length;
    if (from + count - this.#told >= WINDOW_ITEMS / 4 || this.#untold >= WINDOW_BYTES / 4) {
      this.#told = from + count;
      this.#untold = 0;
      this.#peer!.push("taken", this.#told);
    }
    const bytes = items.length / count;
    for (const item of decodeItems(items, this.#budget)) this.#events.onItem(item as WireWorkerItem, bytes);
  }

  async #onGone(cause: Error | null): Promise<void> {
    // What was sent before it went is read first: an outcome may be in there.
    await this.#peer?.closed;
    this.#sent.fail(new TaskError("WORKER_CLOSED", "The worker is dead"));
    this.#ended.resolve(
      this.#outcome ?? {
        succeeded: false,
        error: this.#failure ?? cause ?? new TaskError("CONNECTION_CLOSED", "The worker ended without an outcome"),
      },
    );
  }
}

function raised(error: unknown): unknown {
  return error instanceof Error ? markRaised(error) : error;
}
