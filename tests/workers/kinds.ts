/** A server for remote workers, and what tests of all kinds share. */
import { Client, remote } from "../../mod.ts";
import type { WorkerKind } from "../../workers/mod.ts";
import { Server, type ServerOptions } from "../../server.ts";

export const targets = remote<typeof import("../fixtures/workers.ts")>(
  import.meta.resolve("../fixtures/workers.ts"),
);

export const KINDS: readonly WorkerKind[] = ["process", "thread", "inline", "remote"];

export interface Host extends AsyncDisposable {
  readonly server: Server | null;
  readonly client: Client | undefined;
}

/** A server and its client for kind "remote", nothing for the others. */
export async function hostFor(kind: WorkerKind, options: ServerOptions = {}): Promise<Host> {
  if (kind !== "remote") return { server: null, client: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const server = await Server.start({
    address: "127.0.0.1:0",
    authkey: "key",
    logLevel: "none",
    numWorkers: 4,
    spares: 0,
    ...options,
  });
  const client = await Client.connect({ address: server.address, authkey: "key", reconnectMs: 0 });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.stop({ mode: "now" });
    },
  };
}

/** A promise and what resolves it, as a progress callback. */
export function signalled(): { seen: Promise<void>; onProgress(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { seen: promise, onProgress: () => resolve() };
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
