import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { StreamReceiver } from "../../client/stream_receiver.ts";
import { type Batch, StreamSender } from "../../client/stream_sender.ts";
import { StreamRelay } from "../../server/stream_relay.ts";
import { WINDOW_BYTES, WINDOW_ITEMS } from "../../wire/item_batch.ts";

const MAX_ITEM_BYTES = 300_000;

/**
 * A task's sender, the server's relay and a client's receiver, with messages under way between them: those between task
 * and server arrive, those between server and client are lost when the connection is cut.
 */
class Flow {
  written = 0;
  got: number[] = [];
  relay = new StreamRelay();
  #toRelay: Batch[] = [];
  #toReceiver: Batch[] = [];
  #takenToRelay: number[] = [];
  #takenToSender: number[] = [];
  sender = new StreamSender((batch) => this.#toRelay.push(batch));
  receiver = new StreamReceiver<{ n: number }>((count) => this.#takenToRelay.push(count));

  write(bytes: number): void {
    if (this.sender.hasRoom) this.sender.write({ n: this.written++, bytes: new Uint8Array(bytes) });
  }

  /** What arrives at the server: everything that the task has sent, or what the client has said it has taken. */
  relayHears(): void {
    this.sender.flush();
    for (const batch of this.#toRelay.splice(0)) if (this.relay.accept(batch)) this.#toReceiver.push(batch);
    for (const count of this.#takenToRelay.splice(0)) if (this.relay.take(count)) this.#takenToSender.push(count);
    const kept = [...this.relay.behind(0)];
    assert(this.relay.received - this.relay.taken <= WINDOW_ITEMS);
    const bytes = kept.reduce((sum, { items }) => sum + items.length, 0);
    assert(bytes - (kept.at(-1)?.items.length ?? 0) < WINDOW_BYTES);
  }

  receiverHears(count: number): void {
    for (const { from, items } of this.#toReceiver.splice(0, count)) this.receiver.onBatch(from, items);
  }

  senderHears(): void {
    for (const count of this.#takenToSender.splice(0)) this.sender.taken(count);
  }

  take(count: number): void {
    for (; count > 0 && this.receiver.isReady; count--) {
      const { done, value } = this.receiver.take()!;
      if (!done) this.got.push(value.n);
    }
  }

  /** What was under way between server and client is lost; the client is back and says what it has. */
  cut(): void {
    this.#toReceiver = [...this.relay.behind(this.receiver.received)];
    this.#takenToRelay = [];
    this.receiver.tellAgain();
  }

  /** The same between a client that sends and the server: the server says what it has. */
  cutSender(): void {
    this.sender.flush();
    this.#toRelay = [];
    this.#takenToSender = [];
    this.sender.taken(this.relay.taken);
    this.sender.resend(this.relay.received);
  }
}

Deno.test("A stream loses, doubles and reorders nothing, and keeps within its window, whatever is cut", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant("write" as const), n: fc.integer({ min: 1, max: 700 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("big" as const), n: fc.nat(MAX_ITEM_BYTES) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("relay" as const), n: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("receiver" as const), n: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("sender" as const), n: fc.constant(0) }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("take" as const), n: fc.nat(900) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("cut" as const), n: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("cutSender" as const), n: fc.constant(0) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const flow = new Flow();
      for (const { op, n } of steps) {
        if (op === "write") { for (let i = 0; i < n; i++) flow.write(0); }
        else if (op === "big") flow.write(n);
        else if (op === "relay") flow.relayHears();
        else if (op === "receiver") flow.receiverHears(n);
        else if (op === "sender") flow.senderHears();
        else if (op === "take") flow.take(n);
        else if (op === "cut") flow.cut();
        else flow.cutSender();
      }
      // Then everything arrives.
      flow.relayHears();
      flow.receiverHears(Infinity);
      flow.take(Infinity);
      flow.relayHears();
      flow.senderHears();
      assertEquals(flow.got, Array.from({ length: flow.written }, (_, i) => i));
      assert(flow.relay.isEmpty && flow.sender.hasRoom);
    }),
    { numRuns: 150 },
  );
});
