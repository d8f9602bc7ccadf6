/**
 * Tasks that outlive their server: it is killed twice while they run and wait, and each result arrives once. Prints:
 *
 *     30 tasks are on the disk
 *     the server was killed
 *     the server was killed
 *     30 results, the last of them 841
 */

import { Client } from "@palpable/palpable";

const folder = await Deno.makeTempDir();
const address = `unix:${folder}/socket`;

/** The command, as a program of its own. */
function startServer(): Deno.ChildProcess {
  const flags = ["--address", address, "--store", `${folder}/tasks.db`, "--workers=2", "--log-level=none"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.resolve("../server.ts"), ...flags],
    env: { PALPABLE_AUTHKEY: "secret" },
    stdout: "null",
  }).spawn();
}

let server = startServer();
const client = await Client.connect({ address, authkey: "secret", waitMs: 30_000 });

const handles = await Promise.all(
  Array.from({ length: 30 }, (_, i) => client.submit((x: number) => x * x, i)),
);
console.log(`${handles.length} tasks are on the disk`);

for (const at of [4, 12]) {
  await handles[at].result();
  server.kill("SIGKILL");
  await server.status;
  console.log("the server was killed");
  server = startServer();
}

// The handles are the same: the client has found each next server by itself.
const results = await Promise.all(handles.map((handle) => handle.result()));
console.log(`${results.length} results, the last of them ${results.at(-1)}`);

await client.quit();
await client.close();
await server.status;
await Deno.remove(folder, { recursive: true });
