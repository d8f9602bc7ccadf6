/** Servers that follow each other at one address. */
import { Client, remote } from "../../mod.ts";
import { Server, type ServerOptions } from "../../server.ts";
import { AUTHKEY } from "../fixtures/pair.ts";

export const slow = remote<typeof import("../fixtures/slow.ts")>(import.meta.resolve("../fixtures/slow.ts"));

export function startServer(address = "127.0.0.1:0", options: ServerOptions = {}): Promise<Server> {
  return Server.start({ address, authkey: AUTHKEY, logLevel: "none", numWorkers: 2, graceMs: 50, ...options });
}

/** A client that waits for the next server. */
export function connectTo({ address }: Server, reconnectMs = 30_000): Promise<Client> {
  return Client.connect({ address, authkey: AUTHKEY, reconnectMs });
}

/** A file in which tasks say that they have ended. */
export class Ledger implements Disposable {
  readonly file: string = Deno.makeTempFileSync();
  /** What a client needs whose tasks write there. */
  readonly permissions = { read: [this.file], write: [this.file] };

  /** The arguments of the tasks that have come to their end, in ascending order. */
  get ended(): number[] {
    return Deno.readTextFileSync(this.file).split("\n").filter((line) => line !== "").map(Number).sort((a, b) => a - b);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.file);
  }
}

export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Callers that go on and on. */
export class Rounds {
  #counts: number[];
  #onEnded = Promise.withResolvers<void>();

  constructor(callers: number) {
    this.#counts = range(callers).fill(0);
  }

  /** A caller has had its answer. */
  ended(caller: number): void {
    this.#counts[caller]++;
    this.#onEnded.resolve();
    this.#onEnded = Promise.withResolvers();
  }

  /** Resolves when each has had so many more. */
  async more(count: number): Promise<void> {
    const before = [...this.#counts];
    while (this.#counts.some((now, caller) => now < before[caller] + count)) await this.#onEnded.promise;
  }
}
