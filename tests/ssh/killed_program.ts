/** Starts a server over ssh, and a task there that never ends, and is killed then. The argument is the options. */

import { Client } from "../../mod.ts";
import { sshServer } from "../../pools/ssh_server.ts";

const { address, authkey } = await sshServer(JSON.parse(Deno.args[0]));
const client = await Client.connect({ address, authkey });
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { hostname, port } = listener.addr;
await client.with({ permissions: { net: [`${hostname}:${port}`] } }).submit(neverEnd, hostname, port);
await listener.accept();
console.log("running");

async function neverEnd(hostname: string, port: number): Promise<void> {
  await Deno.connect({ hostname, port });
  for (;;);
}
