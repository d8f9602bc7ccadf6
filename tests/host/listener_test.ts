import { assertEquals } from "@std/assert";
import { Listener } from "../../host/listener.ts";
import { Ticker } from "../../core/ticker.ts";
import { UNAUTHENTICATED_FRAME_BYTES } from "../../wire/frame.ts";
import { presentToken, TOKEN_BYTES } from "../../wire/token.ts";
import { Transport } from "../../wire/transport.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** A socket for workers, and the first bytes of the tokens that were handed over. */
class Door implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly handedOver: number[] = [];
  onHandedOver: () => void = () => {};
  readonly socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #ticker = new Ticker(this.clock);
  #listener: Listener | null = null;
  #transports: Transport[] = [];

  open(): Listener {
    return this.#listener = new Listener({
      listener: this.socket,
      key: null,
      ticker: this.#ticker,
      log: { write: () => {} },
      handshakeMs: 5000,
      maxNewcomers: 100,
      maxFrameBytes: 1000,
      onNewcomer: (newcomer, transport) => {
        this.#transports.push(transport);
        if (newcomer.role === "worker") this.handedOver.push(newcomer.token[0]);
        this.onHandedOver();
      },
    });
  }

  async connect(): Promise<Transport> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.socket.addr.port });
    const transport = new Transport(conn, UNAUTHENTICATED_FRAME_BYTES);
    this.#transports.push(transport);
    return transport;
  }

  /** Connects, says who it is, and is gone, as a process that dies. */
  async connectAndLeave(number: number): Promise<void> {
    const transport = await this.connect();
    presentToken(transport, new Uint8Array(TOKEN_BYTES).fill(number));
    await transport.flushed();
    transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const transport of this.#transports) transport.close();
    await this.#listener?.close();
    this.#ticker.stop();
  }
}

Deno.test("Listener.caughtUp() resolves when all who connected before were handed over, also those who have left", async () => {
  await using door = new Door();
  const numbers = Array.from({ length: 20 }, (_, i) => i);
  for (const number of numbers) await door.connectAndLeave(number);
  const listener = door.open();
  assertEquals(door.handedOver, []);
  await listener.caughtUp();
  assertEquals(door.handedOver.toSorted((a, b) => a - b), numbers);
  assertEquals(listener.totals, { refusedConnections: 0, failedHandshakes: 0 });
});

Deno.test("Listener.caughtUp() waits for one that is silent until its time is over", async () => {
  await using door = new Door();
  const listener = door.open();
  await door.connect();
  let isOver = false;
  const first = listener.caughtUp().then(() => isOver = true);
  // Those who come later do not have to wait, and are waited for by others only.
  for (const number of [1, 2, 3]) {
    const handedOver = new Promise<void>((resolve) => door.onHandedOver = resolve);
    await door.connectAndLeave(number);
    await handedOver;
    assertEquals(isOver, false);
  }
  door.clock.advance(5000);
  await Promise.all([first, listener.caughtUp()]);
  assertEquals(door.handedOver, [1, 2, 3]);
});

Deno.test("Listener.caughtUp() ends when the listener is closed, before and after", async () => {
  await using door = new Door();
  const listener = door.open();
  await door.connect();
  const waiting = listener.caughtUp();
  await listener.close();
  await waiting;
  await listener.caughtUp();
});
