/**
 * A call that fails now and then: it is tried again after a while, in which it holds no slot and no process. Prints:
 *
 *     attempt 1: error, the shop does not answer
 *     attempt 2: error, the shop is busy
 *     tea, at attempt 3
 *     TaskFailed: nothing is ordered, after 1 attempt
 *     Error: the shop does not answer, after 2 attempts
 */

import { Client, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const patient = client.with({ retry: { attempts: 4, delayMs: 20, factor: 2 } });
const handle = await patient.submit(utils.order, "tea");
// The log ends with the task; what is known of that is kept until the result is taken.
for await (const _line of handle.logs);
for (const { attempt, kind, error } of (await handle.info())?.attempts ?? []) {
  console.log(`attempt ${attempt}: ${kind}, ${error?.message}`);
}
console.log(await handle.result());

// What the task itself says no other attempt would mend has none.
await patient.run(utils.order, "").catch((error) => console.log(`${error}, after ${error.attempts ?? 1} attempt`));

// The error is the last attempt's.
await client.with({ retry: { attempts: 2, delayMs: 5 } }).run(utils.order, "ice")
  .catch((error) => console.log(`${error}, after ${error.attempts} attempts`));
