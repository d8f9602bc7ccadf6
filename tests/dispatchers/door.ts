/** Where the task `visit` knocks, so that a test knows that it runs and says when it ends. */
export class Door implements Disposable {
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #visitors: Deno.Conn[] = [];

  get port(): number {
    return this.#listener.addr.port;
  }

  /** The next task that knocks: its name, and a way to let it return a word. */
  async visitor(): Promise<{ name: string; answer(word: string): void }> {
    const conn = await this.#listener.accept();
    this.#visitors.push(conn);
    const bytes = new Uint8Array(64);
    const length = await conn.read(bytes);
    const answer = (word: string) => void conn.write(new TextEncoder().encode(word)).catch(() => {});
    return { name: new TextDecoder().decode(bytes.subarray(0, length ?? 0)), answer };
  }

  [Symbol.dispose](): void {
    for (const conn of this.#visitors) conn.close();
    this.#listener.close();
  }
}
