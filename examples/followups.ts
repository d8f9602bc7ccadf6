/**
 * Tasks that leave work behind: each step of Euclid's algorithm names the next in its result. Prints:
 *
 *     67365 1362 627 108 87 21 3
 */

import { Client, type TaskResult } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";
import { Gcd } from "./utils.ts";

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

let result: TaskResult<number> | null = await client.runProcedure(new Gcd(1362, 67365));
const steps = [];
while (result !== null) {
  steps.push(result.data);
  const next: string | undefined = result.followupTaskIds[0];
  result = next === undefined ? null : await client.queryResult<number>(next, { waitMs: -1 });
}
console.log(steps.join(" "));
