/**
 * The limit of a message to another process and back: a bare socket.
 *
 * @module
 */

/** A process that sends back what it gets. */
export class Echo implements AsyncDisposable {
  #conn: Deno.Conn;
  #process: Deno.ChildProcess;
  #buffer: Uint8Array<ArrayBuffer>;

  private constructor(conn: Deno.Conn, process: Deno.ChildProcess, bytes: number) {
    this.#buffer = new Uint8Array(bytes);
    this.#conn = conn;
    this.#process = process;
  }

  /** Starts it, for messages of so many bytes. */
  static async start(bytes = 64): Promise<Echo> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const script = new URL("./echo_end.ts", import.meta.url).pathname;
    const args = ["run", "-A", script, String(listener.addr.port)];
    const process = new Deno.Command(Deno.execPath(), { args }).spawn();
    const conn = await listener.accept();
    conn.setNoDelay(true);
    return new Echo(conn, process, bytes);
  }

  /** One message there and back. */
  async roundTrip(): Promise<void> {
    await this.#conn.write(this.#buffer);
    await this.#conn.read(this.#buffer);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#conn.close();
    await this.#process.status;
  }
}
