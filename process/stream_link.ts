/**
 * The task's side of its stream: what it yields leaves, what it is sent comes in, and while it can do neither it says
 * that it waits.
 *
 * @module
 */

import { Fifo } from "../core/fifo.ts";
import { LeavableIterator, type Supply } from "../core/leavable_iterator.ts";
import { StreamReceiver } from "../client/stream_receiver.ts";
import { StreamSender } from "../client/stream_sender.ts";
import { resultError, type WriteLimits } from "../wire/codec.ts";
import type { PushesFromServer } from "../wire/message.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../wire/item_batch.ts";
import type { Peer } from "../wire/peer.ts";

/** Longest time, in milliseconds, for which a generator that never waits holds the thread before its items are sent. */
const YIELD_MS = 2;

/** A task's stream. */
export class StreamLink {
  /** What the task is sent. */
  readonly inbox: AsyncIterable<unknown>;
  /** Whoever leaves the inbox leaves what has come there: the next loop over it goes on. */
  readonly #inboxSupply: Supply<unknown> = {
    take: () => this.#input.take(),
    wait: (wake) => void this.#inputReady().then(wake),
    leave() {},
  };
  /** Nobody is in between: there is no slot to be lent, and nothing is kept for what was sent and not taken. */
  isDirect = false;
  #peer: Peer;
  #output: StreamSender;
  #input: StreamReceiver;
  /** Pushes that have come for the stream, and how many there were when the server was told that the task waits. */
  #heard = 0;
  #saidAt = -1;
  #wake: (() => void)[] = [];
  #flushedAt = 0;
  #saidOpened = false;
  /** Bytes of each batch that is not taken; of a direct stream. */
  #batchBytes = new Fifo<number>();
  /** Items that the sender knows to be taken, and how many bytes were taken since it was told. */
  #toldTaken = 0;
  #untoldBytes = 0;

  /** `limits` are those of each item that the task yields. */
  constructor(peer: Peer, limits: WriteLimits) {
    this.#peer = peer;
    this.#output = new StreamSender(
      ({ from, count, items }) => {
        peer.push("items", [from, count, items]);
        this.#sayOpened();
      },
      peer.maxFrameBytes,
      limits,
    );
    this.#input = new StreamReceiver((count) => this.#onTaken(count));
    this.inbox = { [Symbol.asyncIterator]: () => new LeavableIterator(() => this.#inboxSupply) };
  }

  /** Sends what a generator yields; resolves to what it returns. */
  async send(generator: Generator | AsyncGenerator): Promise<unknown> {
    try {
      return await this.#sendAll(generator);
    } finally {
      // However it ends: what it has yielded goes ahead of the outcome.
      this.#output.flush();
    }
  }

  async #sendAll(generator: Generator | AsyncGenerator): Promise<unknown> {
    const isAsync = Symbol.asyncIterator in generator;
    for (;;) {
      const step = isAsync ? await generator.next() : (generator as Generator).next();
      if (step.done) return step.value;
      try {
        // As where they are collected: promises that a generator yields are awaited.
        const full = this.#yielded(step.value instanceof Promise ? await step.value : step.value);
        if (full !== null) await full;
      } catch (error) {
        await leave(generator);
        throw error;
      }
    }
  }

  #yielded(item: unknown): Promise<void> | null {
    try {
      return this.write(item);
    } catch (error) {
      throw resultError(error);
    }
  }

  /**
   * Sends an item. A promise when the next one has to wait.
   *
   * @throws {NotSendable} when it cannot be encoded; it is not sent then.
   */
  write(item: unknown): Promise<void> | null {
    this.#output.write(item);
    return this.#output.hasRoom && performance.now() - this.#flushedAt <= YIELD_MS ? null : this.#ready();
  }

  /** Sends what is written, ahead of whatever is pushed after. Resolves when it is with the system. */
  flush(): Promise<void> {
    this.#output.flush();
    return this.#peer.flushed();
  }

  /** The next item that the task is sent. */
  async nextInput(): Promise<IteratorResult<unknown, undefined>> {
    for (;;) {
      const step = this.#input.take();
      if (step !== null) return step;
      await this.#pause();
    }
  }

  /** Lets go of what the task was sent: its inbox is at its end. */
  endInput(): void {
    this.#input.discard();
    this.#wakeAll();
  }

  /** Takes a push, if it is for the stream. */
  onPush(topic: string, body: unknown): boolean {
    switch (topic) {
      case "taken":
        this.#output.taken(body as PushesFromServer["taken"]);
        break;
      case "input":
        this.#onInput(...body as PushesFromServer["input"]);
        break;
      case "inputEnd":
        this.#input.end(body as PushesFromServer["inputEnd"]);
        break;
      default:
        return false;
    }
    this.#heard++;
    this.#wakeAll();
    return true;
  }

  #wakeAll(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  /** What cannot be read is the consumer's doing, and for the task to know. */
  #onInput(from: number, items: Uint8Array): void {
    if (this.isDirect) this.#batchBytes.push(items.length);
    try {
      this.#input.onBatch(from, items);
    } catch (error) {
      this.#input.fail(error);
    }
  }

  /**
   * A sender that is near is told only when it might else run out of room, which is more than twice this: a message for
   * each item would hold up what the task is about to yield.
   */
  #onTaken(count: number): void {
    // Called once for each batch.
    this.#untoldBytes += this.#batchBytes.shift() ?? 0;
    const isSmall = count - this.#toldTaken < WINDOW_ITEMS / 4 && this.#untoldBytes < WINDOW_BYTES / 4;
    if (this.isDirect && isSmall) return;
    this.#toldTaken = count;
    this.#untoldBytes = 0;
    this.#peer.push("inputTaken", count);
  }

  /** From here on the server sends things. Behind the first items, which would have to wait for a write of its own. */
  #sayOpened(): void {
    if (this.#saidOpened) return;
    this.#saidOpened = true;
    this.#peer.push("opened", null);
  }

  /** Until there is room for another item. What is written leaves, and what the server says is heard. */
  async #ready(): Promise<void> {
    this.#output.flush();
    await this.#peer.flushed();
    while (!this.#output.hasRoom) await this.#pause();
    this.#flushedAt = performance.now();
  }

  async #inputReady(): Promise<void> {
    while (!this.#input.isReady) await this.#pause();
  }

  /** Until something comes. The server may lend the task's slot meanwhile. */
  #pause(): Promise<void> {
    // Whoever is to send more may wait for this.
    this.#output.flush();
    this.#sayOpened();
    if (!this.isDirect && this.#saidAt !== this.#heard) {
      this.#saidAt = this.#heard;
      this.#peer.push("pause", this.#heard);
    }
    return new Promise((resolve) => this.#wake.push(resolve));
  }
}

/** Runs the generator's finally blocks; what they throw is not what went wrong. */
async function leave(generator: Generator | AsyncGenerator): Promise<void> {
  try {
    await generator.return(undefined);
  } catch {
    // See above.
  }
}
