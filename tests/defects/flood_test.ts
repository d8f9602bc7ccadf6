/** Strangers that flood a server, from addresses of their own or from one that honest clients have too, keep nobody out. */
import { assertEquals } from "@std/assert";
import { Client } from "../../mod.ts";
import { helloFrame } from "../helpers/hello.ts";
import { CANNOT_LIMIT, LimitedServer } from "../helpers/limited_server.ts";

const CA = Deno.readTextFileSync(new URL("../fixtures/tls/ca.pem", import.meta.url));
const FLOOD = new URL("../helpers/flood.ts", import.meta.url).pathname;
/** Under TLS one waits some seconds for its place, on a machine that three programs keep busy. */
const HONEST: Record<string, number> = { plain: 8, tls: 3 };
const HELLO = helloFrame().toHex();

/** A stranger that floods, until it is disposed of. */
class Flood implements AsyncDisposable {
  #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it floods. */
  static async start(port: number, from: string, carrier: string, first: string): Promise<Flood> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", FLOOD, `${port}`, from, carrier, first],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return new Flood(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }
}

const PLACES: [string, string[]][] = [
  ["other addresses", ["127.0.0.2", "127.0.0.3"]],
  ["the clients' own address", ["127.0.0.1", "127.0.0.1"]],
];

for (const carrier of ["plain", "tls"]) {
  for (const [place, froms] of PLACES) {
    Deno.test({
      name: `W6: two strangers that flood a server, ${carrier}, from ${place} keep none of ${
        HONEST[carrier]
      } clients out`,
      ignore: CANNOT_LIMIT,
      async fn() {
        await using server = await LimitedServer.start(1024, { tls: carrier === "tls" });
        await using floods = new AsyncDisposableStack();
        // One that says nothing, and one that says what an honest client says.
        for (const [i, from] of froms.entries()) {
          floods.use(await Flood.start(server.port, from, carrier, i === 0 ? "" : HELLO));
        }
        const { address, authkey } = server;
        const tls = carrier === "tls" ? { caCerts: [CA] } : undefined;
        for (let i = 0; i < HONEST[carrier]; i++) {
          await using client = await Client.connect({ address, authkey, tls, reconnectMs: 120_000 });
          assertEquals((await client.status()).clients, 1);
        }
      },
    });
  }
}
