/**
 * Lets the event loop ask the system what has arrived. A timer does not: while there is work that needs nobody outside,
 * garbage to be collected among it, the loop goes round dozens of times before it looks at its sockets.
 *
 * @module
 */

const ONE_BYTE = new Uint8Array(1);

/** A connection of the process with itself: what is sent is there only when the system was asked. */
export class SystemTurns {
  #near: Deno.Conn;
  #far: Deno.Conn;
  #byte = new Uint8Array(1);
  /** The turn that has begun, and the one that whoever comes now waits for. */
  #current: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  private constructor(near: Deno.Conn, far: Deno.Conn) {
    this.#near = near;
    this.#far = far;
  }

  /** Opens the connection, on the loopback interface. */
  static async open(): Promise<SystemTurns> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    try {
      near.setNoDelay(true);
      // Anybody on this machine may have been quicker.
      for (;;) {
        const far = await listener.accept();
        if (isSame(far.remoteAddr, near.localAddr)) return new SystemTurns(near, far);
        far.close();
      }
    } catch (error) {
      near.close();
      throw error;
    }
  }

  /** Resolves when all that had arrived at any socket by now was seen. At once when this is closed. */
  next(): Promise<void> {
    if (this.#current === null) return this.#current = this.#turn();
    // It may have been too early for what this one is to see.
    return this.#next ??= this.#current.then(() => {
      this.#next = null;
      return this.#current = this.#turn();
    });
  }

  /** Closes the connection. */
  close(): void {
    this.#near.close();
    this.#far.close();
  }

  async #turn(): Promise<void> {
    try {
      // The read first: one that finds its byte there asks nobody.
      const read = this.#far.read(this.#byte);
      await Promise.all([read, this.#near.write(ONE_BYTE)]);
    } catch {
      // Closed.
    }
    if (this.#next === null) this.#current = null;
  }
}

function isSame(a: Deno.NetAddr, b: Deno.NetAddr): boolean {
  return a.port === b.port && a.hostname === b.hostname;
}
