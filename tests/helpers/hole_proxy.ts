/**
 * Passes bytes between clients and a server, and swallows them when it is told to, as a network does that has lost its
 * way: connections stay open, what is written is taken, nothing arrives and nothing fails.
 */
export class HoleProxy implements AsyncDisposable {
  /** Swallow what clients send, or what the server sends. What was swallowed is lost for good. */
  readonly swallows = { fromClients: false, fromServer: false };
  /** Bytes arrive so many milliseconds late, in each direction. */
  delayMs = 0;
  /** Connections that were made, whether they live or not. */
  connections = 0;
  #ends = 0;
  #onEnd: (() => void)[] = [];
  #onConnection: (() => void)[] = [];
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #target: Deno.ConnectOptions;
  #conns = new Set<Deno.Conn>();
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #running = new Set<Promise<void>>();
  #isClosed = false;

  /** A proxy in front of `address`, `"host:port"`. */
  constructor(address: string) {
    const { hostname, port } = new URL(`tcp://${address}`);
    this.#target = { hostname, port: Number(port) };
    this.#run(this.#accept());
  }

  /** Where clients connect to. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Resolves when so many connections have ended in all. */
  async ended(count: number): Promise<void> {
    while (this.#ends < count) await new Promise<void>((resolve) => this.#onEnd.push(resolve));
  }

  /** Swallows everything, both ways, or passes it on again. */
  swallow(isOn = true): void {
    this.swallows.fromClients = this.swallows.fromServer = isOn;
  }

  /** Resolves when so many connections were made in all. */
  async connected(count: number): Promise<void> {
    while (this.connections < count) await new Promise<void>((resolve) => this.#onConnection.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const conn of this.#conns) this.#close(conn);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.connections++;
      for (const wake of this.#onConnection.splice(0)) wake();
      let server: Deno.Conn;
      try {
        server = await Deno.connect(this.#target);
      } catch {
        client.close();
        continue;
      }
      for (const conn of [client, server]) this.#conns.add(conn);
      // It was closed while the server was connected to.
      if (this.#isClosed) { for (const conn of [client, server]) this.#close(conn); }
      this.#run(this.#pass(client, server, () => this.swallows.fromClients));
      this.#run(this.#pass(server, client, () => this.swallows.fromServer));
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, isSwallowed: () => boolean): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let last = Promise.resolve();
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (isSwallowed()) continue;
        const bytes = buffer.slice(0, count);
        const isDue = this.delayMs === 0 ? null : this.#later();
        last = last.then(() => isDue).then(() => write(to, bytes));
        last.catch(() => {});
        if (isDue === null) await last;
      }
      await last;
    } catch {
      // One of the two is gone.
    }
    // The end of a connection is as little heard of as anything else.
    if (isSwallowed()) return;
    if (this.#conns.has(from)) {
      this.#ends++;
      for (const wake of this.#onEnd.splice(0)) wake();
    }
    this.#close(from);
    this.#close(to);
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, this.delayMs);
      this.#timers.add(timer);
    });
  }

  #close(conn: Deno.Conn): void {
    if (!this.#conns.delete(conn)) return;
    try {
      conn.close();
    } catch {
      // Closed already.
    }
  }
}

async function write(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}
