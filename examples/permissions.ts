/**
 * A task may do nothing that it was not given. Prints:
 *
 *     without permission: NotCapable
 *     with read permission for that file: /** What the examples run as tasks.
 *     more than the server's ceiling: PermissionCeilingExceeded net example.com
 */

import { Client, PermissionCeilingExceeded, remote } from "@palpable/palpable";
import { Server } from "@palpable/palpable/server";

const utils = remote<typeof import("./utils.ts")>(import.meta.resolve("./utils.ts"));
const folder = new URL(".", import.meta.url);
const file = new URL("utils.ts", folder).pathname;
const secret = new URL("run.ts", folder).pathname;

await using server = await Server.start({
  address: "127.0.0.1:0",
  authkey: "secret",
  logLevel: "none",
  permissionCeiling: { read: [folder] },
});
await using client = await Client.connect({ address: server.address, authkey: "secret" });

await client.run(utils.firstLine, secret).catch((error) => console.log(`without permission: ${error.name}`));

const reader = client.with({ permissions: { read: [file] } });
const line = await reader.run(utils.firstLine, file);
console.log(`with read permission for that file: ${line.slice(0, 35)}`);

try {
  await client.with({ permissions: { net: ["example.com"] } }).run(utils.square, 2);
} catch (error) {
  if (!(error instanceof PermissionCeilingExceeded)) throw error;
  console.log(`more than the server's ceiling: ${error.name} ${error.excess}`);
}
