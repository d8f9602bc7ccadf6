/** One of each kind of dispatcher, started once, for tests that every kind has to pass. */
import { InlineDispatcher, ProcessDispatcher, type TaskDispatcher, ThreadDispatcher } from "../../dispatchers/mod.ts";
import { Client } from "../../mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";

/** How to make a dispatcher of a kind, with two workers and isolation `"module"` where there is a choice. */
export const KINDS: Record<string, (size?: number) => Promise<TaskDispatcher>> = {
  Client: async (size) => {
    const pair = await startPair({ isolation: "module" });
    const client = await Client.connect({ address: pair.server.address, authkey: AUTHKEY, size });
    const close = async () => {
      await client.close();
      await pair[Symbol.asyncDispose]();
    };
    return Object.assign(client, { [Symbol.asyncDispose]: close });
  },
  ProcessDispatcher: (size) => Promise.resolve(new ProcessDispatcher({ numWorkers: 2, isolation: "module", size })),
  ThreadDispatcher: (size) => Promise.resolve(new ThreadDispatcher({ numWorkers: 2, size })),
  InlineDispatcher: (size) => Promise.resolve(new InlineDispatcher({ size })),
};
