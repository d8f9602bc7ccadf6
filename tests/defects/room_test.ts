/** A server whose process may open few files: what it has room for goes on while strangers and clients crowd in. */
import { assert, assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { CANNOT_LIMIT, LimitedServer } from "../helpers/limited_server.ts";

const CA = Deno.readTextFileSync(new URL("../fixtures/tls/ca.pem", import.meta.url));
const FILES = 150;
/** More than such a server has room for. */
const CLIENTS = 40;

for (const tls of [false, true]) {
  Deno.test({
    name: `R18: 200 silent strangers and ${CLIENTS} clients at a ${
      tls ? "TLS" : "plain"
    } server with ${FILES} files, tasks running: all is done`,
    ignore: CANNOT_LIMIT,
    async fn() {
      await using server = await LimitedServer.start(FILES, { tls });
      const { address, authkey } = server;
      const to = { address, authkey, tls: tls ? { caCerts: [CA] } : undefined, reconnectMs: 60_000 };
      await using client = await Client.connect(to);
      const items = Array.from({ length: 100 }, (_, i) => i);
      const crowd = async () => {
        const strangers = await server.strangers(200);
        const sums = await Promise.all(
          items.slice(0, CLIENTS).map(async (i) => {
            await using other = await Client.connect(to);
            return await other.run((x: number) => x + 1, i);
          }),
        );
        assert(server.openFiles < FILES, `${server.openFiles} files`);
        for (const conn of strangers) conn.close();
        return sums;
      };
      const [sums, mapped] = await Promise.all([crowd(), client.map(pauseAndAdd, items)]);
      assertEquals(sums, items.slice(1, CLIENTS + 1));
      assertEquals(mapped, items.map((i) => i + 1));
    },
  });
}

async function pauseAndAdd(x: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return x + 1;
}
