/**
 * A gate that tasks wait at, so that a test knows that one runs and says when it ends.
 *
 * @module
 */

import type { Client } from "../../mod.ts";

/** Open for tasks that may connect to it. */
export class Gate implements Disposable {
  #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #waiting: Deno.Conn[] = [];

  /** Submits a task named "visitor" that ends with "passed" when it is let through; resolves when it is at the gate. */
  async send(client: Client): Promise<{ result: Promise<string> }> {
    const { hostname, port } = this.#listener.addr;
    const visitor = client.with({ name: "visitor", permissions: { net: [`${hostname}:${port}`] } });
    const result = visitor.run(visit, hostname, port);
    // Whoever awaits it sees the failure as well; until then it is no unhandled one.
    result.catch(() => {});
    this.#waiting.push(await this.#listener.accept());
    return { result };
  }

  /** Where tasks connect to. */
  get address(): { hostname: string; port: number } {
    return this.#listener.addr;
  }

  /** Resolves when one more task is at the gate that was not sent by {@linkcode Gate.send}. */
  async admitted(): Promise<void> {
    this.#waiting.push(await this.#listener.accept());
  }

  /** Lets all through. */
  open(): void {
    for (const conn of this.#waiting.splice(0)) conn.close();
  }

  /** Resolves when all that wait are gone by themselves. */
  async abandoned(): Promise<void> {
    for (const conn of this.#waiting) await conn.read(new Uint8Array(1)).catch(() => {});
  }

  [Symbol.dispose](): void {
    this.open();
    this.#listener.close();
  }
}

async function visit(hostname: string, port: number): Promise<string> {
  using conn = await Deno.connect({ hostname, port });
  await conn.read(new Uint8Array(1));
  return "passed";
}
