/**
 * An order in two steps: the server is killed when the customer was charged and nothing is shipped. The next server runs
 * the task again, which charges nobody twice. Prints:
 *
 *     receipt 41 for tea
 *     the server was killed
 *     tea: receipt 41, shipped at attempt 2
 *     the ledger: charged for tea, shipped tea
 */

import { Client, remote } from "@palpable/palpable";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));

const folder = await Deno.makeTempDir();
const address = `unix:${folder}/socket`;
const ledger = `${folder}/ledger`;

/** The command, as a program of its own. */
function startServer(): Deno.ChildProcess {
  const flags = ["--address", address, "--store", `${folder}/tasks.db`, "--log-level=none"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.resolve("../server.ts"), ...flags],
    env: { PALPABLE_AUTHKEY: "secret" },
    stdout: "null",
  }).spawn();
}

let server = startServer();
const client = await Client.connect({ address, authkey: "secret", waitMs: 30_000 });

const handle = await client.with({ permissions: { write: [ledger] } }).submit(utils.fulfil, "tea", ledger);
for await (const { text } of handle.logs) {
  console.log(text);
  break;
}
// What a step gave is on the disk before the task goes on.
server.kill("SIGKILL");
await server.status;
console.log("the server was killed");

server = startServer();
console.log(await handle.result());
console.log(`the ledger: ${(await Deno.readTextFile(ledger)).trimEnd().replace("\n", ", ")}`);

await client.quit();
await client.close();
await server.status;
await Deno.remove(folder, { recursive: true });
