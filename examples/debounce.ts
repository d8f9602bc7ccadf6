/**
 * A rebuild that many changes ask for, with a key of which there is one task at a time: of a burst of changes the last one
 * rebuilds, once it was quiet for a moment; one that comes during a rebuild is rebuilt behind it. Prints:
 *
 *     draft 1 was replaced
 *     draft 2 was replaced
 *     draft 3 is built
 *     waits for its turn: delayed
 *     draft 4 is built
 *     built at once for both: true
 *     refused: DUPLICATE_KEY
 */

import { Client, type TaskHandle } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

await using server = await Server.start({ address: "127.0.0.1:0", authkey: "secret", logLevel: "none" });
await using client = await Client.connect({ address: server.address, authkey: "secret" });

/** Takes its time, and gives which draft it has built, and when it was done. */
async function build(draft: number): Promise<{ draft: number; at: number }> {
  console.info(`building draft ${draft}`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { draft, at: performance.timeOrigin + performance.now() };
}

const tell = (handle: TaskHandle<{ draft: number }>, draft: number) =>
  handle.result().then(
    () => console.log(`draft ${draft} is built`),
    (error) => console.log(`draft ${draft} was ${error.replacedBy ? "replaced" : error.message}`),
  );

const rebuild = client.with({ delayMs: 300, unique: { key: "rebuild", onConflict: "replace" } });
const burst = [];
for (const draft of [1, 2, 3]) burst.push(await rebuild.submit(build, draft));
await tell(burst[0], 1);
await tell(burst[1], 2);
// The last one runs; another change comes meanwhile.
for await (const _line of burst[2].logs) break;
const fourth = await rebuild.submit(build, 4);
const state = (await fourth.info())?.state;
await tell(burst[2], 3);
console.log(`waits for its turn: ${state}`);
await tell(fourth, 4);

// Those that join have the result of the one that runs.
const joining = client.with({ unique: { key: "preview" } });
const [one, other] = await Promise.all([joining.run(build, 5), joining.run(build, 5)]);
console.log(`built at once for both: ${one.at === other.at}`);

// Or they are told.
const refusing = client.with({ unique: { key: "release", onConflict: "refuse" } });
const release = await refusing.submit(build, 6);
await refusing.run(build, 6).catch((error) => console.log(`refused: ${error.code}`));
await release.result();
