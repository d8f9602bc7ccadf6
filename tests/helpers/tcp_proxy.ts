/** Passes bytes between clients and a server, and cuts all connections when it is told to. */
export class TcpProxy implements AsyncDisposable {
  /** Connections that were cut. */
  cuts = 0;
  /** Called with the number of bytes that are about to be passed on; true cuts the connection instead. */
  onBytes: (count: number) => boolean = () => false;
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #target: Deno.ConnectOptions;
  #conns = new Set<Deno.Conn>();
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

  /** Cuts all connections so often, each time after so many bytes. */
  cutTimes(times: number, bytes: () => number): void {
    let left = bytes();
    this.onBytes = (count) => {
      left -= count;
      if (this.cuts >= times || left > 0) return false;
      left = bytes();
      return true;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    for (const conn of this.#conns) this.#close(conn);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    this.#running.add(work);
    work.finally(() => this.#running.delete(work));
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect(this.#target).catch(() => null);
      if (server === null) {
        // There is none, for now.
        client.close();
        continue;
      }
      for (const conn of [client, server]) {
        conn.setNoDelay(true);
        this.#conns.add(conn);
        // It was closed while the server was connected to.
        if (this.#isClosed) this.#close(conn);
      }
      this.#run(this.#pass(client, server));
      this.#run(this.#pass(server, client));
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (this.onBytes(count)) {
          this.cuts++;
          // A part of it still arrives: frames are torn.
          await to.write(buffer.subarray(0, Math.floor(count / 2)));
          break;
        }
        for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
      }
    } catch {
      // One of the two is gone.
    }
    this.#close(from);
    this.#close(to);
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
