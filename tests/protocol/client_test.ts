/** A client in Python, written from PROTOCOL.md, against a server: what the document says is true. */
import { assertEquals } from "@std/assert";
import { Server } from "../../server.ts";
import { threadServlet } from "../../servlets/mod.ts";
import { AUTHKEY, startPair } from "../fixtures/pair.ts";
import { GetLength } from "../fixtures/stages.ts";

const SCENARIO = new URL("scenario.py", import.meta.url);
const FIXTURES = new URL("../fixtures/", import.meta.url).href;
const TLS = new URL("tls/", FIXTURES);

// Without python3 there is nobody to ask.
const ignore = !await hasPython();

Deno.test({
  name: "a client in Python that knows PROTOCOL.md alone does all that a client can do",
  ignore,
  async fn() {
    // Short, so that the scenario sees that it would be left without its pongs.
    await using pair = await startPair({ heartbeatMs: 600 });
    await pair.server.serve("lengths", threadServlet(GetLength));
    assertEquals((await play(pair.server.address)).length, 18);
  },
});

Deno.test({
  name: "a client in Python speaks TLS, and says so in its proof",
  ignore,
  async fn() {
    const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));
    const tls = { cert: pem("cert.pem"), key: pem("key.pem") };
    await using server = await Server.start({ address: "127.0.0.1:0", authkey: AUTHKEY, logLevel: "none", tls });
    assertEquals((await play(server.address, new URL("ca.pem", TLS).pathname)).length, 3);
  },
});

/** The steps that held: all of them. */
async function play(address: string, ...more: string[]): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("python3", {
    // Compiled files would stay in the checkout.
    args: ["-B", SCENARIO.pathname, ...address.split(":"), AUTHKEY, FIXTURES, ...more],
  }).output();
  const steps = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assertEquals({ success, stderr: new TextDecoder().decode(stderr) }, { success: true, stderr: "" }, steps.join());
  return steps;
}

async function hasPython(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("python3", { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    if (!success) console.warn("The client in Python is not tried: python3 --version fails");
    return success;
  } catch {
    console.warn("The client in Python is not tried: there is no python3");
    return false;
  }
}
