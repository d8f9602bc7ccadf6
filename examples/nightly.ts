/**
 * A schedule: each night at three, by the clocks of Berlin; and once now. Prints:
 *
 *     nightly is due at 03:00:00 in Berlin
 *     the 3 largest of 7: 97, 83, 61
 *     1 run so far: succeeded
 *     due while it is paused: false
 */

import { Client, remote, task } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

const { name, nextAt } = await client.schedules.set(
  "nightly",
  { cron: "0 3 * * *", timeZone: "Europe/Berlin", overlap: "skip", catchUp: "one" },
  task(utils.report, [12, 97, 45, 83, 7, 61, 30], 3),
);
const time = new Date(nextAt!).toLocaleTimeString("en-GB", { timeZone: "Europe/Berlin" });
console.log(`${name} is due at ${time} in Berlin`);

// Besides, and whatever the time is.
const handle = await client.schedules.trigger<string>("nightly");
console.log(await handle.result());

const { runs, lastState } = (await client.schedules.get("nightly"))!;
console.log(`${runs} run so far: ${lastState}`);

const paused = await client.schedules.pause("nightly");
console.log(`due while it is paused: ${paused.nextAt !== null}`);
