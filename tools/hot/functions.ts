/**
 * Which functions of the task process's bundle every task needs: a process runs one under the engine's own counts.
 *
 * @module
 */

import { decode, encode } from "../../wire/codec.ts";
import type { Greeting, WireTask } from "../../wire/worker_message.ts";
import { Peer } from "../../wire/peer.ts";
import { TOKEN_BYTES } from "../../wire/token.ts";
import { Transport } from "../../wire/transport.ts";
import type { CountedFunction } from "./main.ts";

const TASKS = new URL("./tasks.ts", import.meta.url).href;
const MAIN = new URL("./main.ts", import.meta.url).href;

/**
 * Runs a plain task in a process of this bundle.
 *
 * @returns where the texts of the functions end that it called: no two end at one place.
 */
export async function hotFunctions(bundle: string): Promise<ReadonlySet<number>> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${listener.addr.port}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", MAIN, address, "", "67108864,67108864,20000000", "quotes"],
    env: { BUNDLE: bundle },
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(greeting([taskOf("plain", [[1, 2, 3], { name: "plain" }]), taskOf("countedFunctions", [])]));
  await writer.close();
  const died = child.status.then(({ code }) => Promise.reject(new Error(`The task's process ended with ${code}`)));
  const counted = await Promise.race([died, listener.accept().then(secondOutcome)]);
  child.kill();
  await child.status;
  return new Set(
    counted.flatMap(({ ranges }) => ranges.filter(({ count }) => count > 0).map(({ endOffset }) => endOffset)),
  );
}

function taskOf(name: string, args: unknown[]): WireTask {
  return [name, encode(args), 1, ["export", TASKS, name], false];
}

/** The token, which nobody looks at here, and what the process begins with. */
function greeting(tasks: WireTask[]): Uint8Array {
  const message: Greeting = [["tasks", tasks]];
  return new Uint8Array([...new Uint8Array(TOKEN_BYTES), ...encode(message)]);
}

async function secondOutcome(conn: Deno.Conn): Promise<CountedFunction[]> {
  const transport = new Transport(conn);
  // The hello.
  await transport.receive();
  const { promise, resolve, reject } = Promise.withResolvers<CountedFunction[]>();
  let outcomes = 0;
  const peer = new Peer(transport, {
    onCall: () => null,
    onPush(topic, body) {
      if (topic !== "outcome") return;
      const [state, value] = body as [string, Uint8Array];
      if (state !== "succeeded") reject(decode(value));
      else if (++outcomes === 2) resolve(decode(value) as CountedFunction[]);
    },
  });
  peer.closed.then(reject);
  try {
    return await promise;
  } finally {
    await peer.close();
  }
}
