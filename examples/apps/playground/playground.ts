/** Runs snippets of strangers: each in a task of its own that may do nothing, within limits. */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const { evaluate } = remote<typeof import("./evaluate.ts")>(import.meta.resolve("./evaluate.ts"));

/** How much a snippet may print, in characters. */
const MAX_PRINTED = 20_000;

/** What the server holds every task to, whatever that asks for. */
const LIMITS = {
  permissionCeiling: {},
  moduleRoots: [import.meta.dirname!],
  moduleImports: "local",
  maxDepth: 0, // no follow-up tasks, nor any others
  taskTimeoutMs: 1000,
  graceMs: 0,
  memoryMb: 64,
  maxOutputBytes: 100_000, // past the console, whose lines are counted where they arrive
  maxResultBytes: 10_000,
} as const;

/** A place for snippets. */
export class Playground implements AsyncDisposable {
  #server: Server;
  #client: Client;

  private constructor(server: Server, client: Client) {
    this.#server = server;
    this.#client = client;
  }

  static async open(): Promise<Playground> {
    const authkey = crypto.randomUUID();
    const server = await Server.start({ address: "127.0.0.1:0", authkey, logLevel: "none", ...LIMITS });
    return new Playground(server, await Client.connect({ address: server.address, authkey }));
  }

  /** Runs a snippet. `onLine` has its lines as it prints them. Gives what ended it; null when it came to its end. */
  async run(source: string, onLine: (text: string) => void): Promise<Error | null> {
    const task = await this.#client.submit(evaluate, source);
    let room = MAX_PRINTED;
    for await (const { text } of task.logs) {
      room -= text.length;
      if (room < 0) break;
      onLine(text);
    }
    if (room < 0) await task.cancel();
    const error = await task.result().then(() => null, (error: Error) => error);
    return room < 0 ? new RangeError(`The snippet printed more than ${MAX_PRINTED} characters`) : error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.#server.stop({ mode: "now" });
  }
}
